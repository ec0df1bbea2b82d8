import type { Clock } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import type { ErrorClasses } from './doors.ts';
import { timeoutError } from './own-error.ts';

/** The end of the time of one call. What runs then is aborted by `signal`, which aborts with the caller's own too. */
export class Deadline {
  readonly signal: AbortSignal;
  /** What the caller gets once the time is over; undefined before. */
  error: Error | undefined;
  /**
   * Once an answer has come, its guard ends it, and `signal` stays as it is: openai 7 takes a stream whose signal aborts for one
   * that is whole.
   */
  onExpire: ((error: Error) => void) | undefined;
  readonly #clock: Clock;
  readonly #atMs: number;
  readonly #expire: () => void;
  #cancelTimer: () => void;

  constructor(
    clock: Clock,
    startedMs: number,
    deadlineMs: number,
    classes: ErrorClasses,
    callersOwn: AbortSignal | null | undefined,
  ) {
    this.#clock = clock;
    this.#atMs = startedMs + deadlineMs;
    const controller = new AbortController();
    this.signal = callersOwn ? AbortSignal.any([callersOwn, controller.signal]) : controller.signal;
    this.#expire = (): void => {
      const message = `This call has not ended within its deadline of ${deadlineMs} ms and is given up.`;
      this.error = timeoutError(classes, new TelltaleError('deadline_exceeded', message));
      if (this.onExpire) this.onExpire(this.error);
      else controller.abort(this.error);
    };
    this.#cancelTimer = this.#start();
  }

  /** Milliseconds; below 0 when it is over. */
  get leftMs(): number {
    return this.#atMs - this.#clock.nowMs();
  }

  #start(): () => void {
    return this.#clock.schedule(this.#expire, Math.max(0, this.leftMs), 'housekeeping');
  }

  /** There is another attempt, also where the answer of the one before seemed to be the last: openai 7 asks again where that stalls. */
  goOn(): void {
    this.#cancelTimer();
    this.onExpire = undefined;
    if (!this.error) this.#cancelTimer = this.#start();
  }

  /** The call is over. */
  dispose(): void {
    this.#cancelTimer();
    this.onExpire = undefined;
  }
}
