/**
 * The one source of time and randomness. Everything in `src/` takes it as a parameter, so a test can be exact.
 */
export interface Clock {
  /** Milliseconds on a clock that never goes back; its zero is arbitrary. Durations come from this. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970-01-01T00:00:00Z. Calendar dates come from this. */
  readonly epochMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /**
   * Runs `task` once after `delayMs`. A `housekeeping` timer does not keep the process alive.
   * Returns the function that cancels it.
   */
  readonly schedule: (task: () => void, delayMs: number, kind: 'work' | 'housekeeping') => () => void;
}

/** The longest that a timer of Node can wait. */
export const longestTimerMs = 2 ** 31 - 1;

/** Taken once: the global is a getter, and the limiter reads the time twice for every call. */
const { performance: stopwatch } = globalThis;

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => stopwatch.now(),
  epochMs: () => Date.now(),
  random: () => Math.random(),
  schedule: (task, delayMs, kind) => {
    const timer = setTimeout(task, delayMs);
    if (kind === 'housekeeping') timer.unref();
    return () => clearTimeout(timer);
  },
};
