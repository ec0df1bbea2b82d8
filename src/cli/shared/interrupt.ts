/** That the user wants to stop: the reason of an interrupt's signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export const interruptedExitCode = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** As Ctrl-C does, which a question takes for itself. */
  readonly now: () => void;
  end(): void;
}

/** The first Ctrl-C lets the command come to its end; a second one ends the process at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort(new Interrupted('stopped'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    now: stop,
    end: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
