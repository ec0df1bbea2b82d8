/** The part of `process` that tells of its end. */
export interface ProcessEvents {
  readonly pid: number;
  on(event: 'beforeExit', listener: () => void): unknown;
  prependListener(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  removeListener(event: string, listener: (signal: NodeJS.Signals) => void): unknown;
  listenerCount(event: string): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

const signals = ['SIGTERM', 'SIGINT'] as const satisfies readonly NodeJS.Signals[];

/**
 * Calls `flush` before the process ends, with `true` where nothing else can happen in it any more, and leaves the end itself as it would have been: same signal, same exit
 * code, the application's own listeners in charge. `flush` must settle soon and not reject. Returns the function that
 * takes all listeners away.
 */
export function flushAtExit(
  target: ProcessEvents,
  flush: (isEnd: boolean) => Promise<void>,
  handleSignals: boolean,
): () => void {
  let detached = false;
  let flushed = false;

  function onBeforeExit(): void {
    // Flushing makes the event loop run empty, and this event come, once more.
    if (flushed) return;
    flushed = true;
    void flush(true);
  }

  function onSignal(signal: NodeJS.Signals): void {
    // Gone before anyone else is asked: a second signal, and libraries that look whether they are the only
    // listener, then meet what they would meet without Telltale.
    target.removeListener(signal, onSignal);
    const alone = target.listenerCount(signal) === 0;
    void flush(alone).then(() => {
      if (alone) target.kill(target.pid, signal);
      else if (!detached) listen(signal);
    });
  }

  /** In front, so that a `once` listener of the application's is still there to be counted. */
  function listen(signal: NodeJS.Signals): void {
    target.prependListener(signal, onSignal);
  }

  target.on('beforeExit', onBeforeExit);
  if (handleSignals) for (const signal of signals) listen(signal);
  return function detach() {
    detached = true;
    target.removeListener('beforeExit', onBeforeExit);
    for (const signal of signals) target.removeListener(signal, onSignal);
  };
}
