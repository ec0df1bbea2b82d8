/** Where progress is shown: standard error, or a stand-in. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far a long step is. */
export interface Progress {
  /**
   * `text` says how far it is. On a terminal it replaces what stood there; elsewhere it is said as a line of its own,
   * once for each new `step`, so that a log stays short.
   */
  update(text: string, step: number): void;
  /** Clears the line on the terminal. */
  end(): void;
}

export function startProgress(say: (line: string) => void, terminal: Terminal): Progress {
  let shownStep = 0;
  let onScreen = false;
  return {
    update(text, step) {
      if (terminal.isTTY) {
        terminal.write(`\r\u001b[K${text}`);
        onScreen = true;
      } else if (step > shownStep) {
        shownStep = step;
        say(text);
      }
    },
    end() {
      if (onScreen) terminal.write('\r\u001b[K');
      onScreen = false;
    },
  };
}

/** Shows how long `work` has been running, where nothing else is known of it. */
export async function withElapsedTime<T>(text: string, progress: Progress, work: Promise<T>): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    progress.update(`${text} (${seconds} s)`, Math.floor(seconds / 30));
  }, 1_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    progress.end();
  }
}
