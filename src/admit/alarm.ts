import { type Clock, longestTimerMs } from '../clock.ts';

/** One timer that is set anew. */
export class Alarm {
  readonly #clock: Clock;
  readonly #kind: 'work' | 'housekeeping';
  readonly #task: () => void;
  #cancel: (() => void) | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, kind: 'work' | 'housekeeping', task: () => void) {
    this.#clock = clock;
    this.#kind = kind;
    this.#task = task;
  }

  /** Goes off at `atMs` and not at another time; not at all where that is undefined. */
  arm(atMs: number | undefined, nowMs: number): void {
    if (atMs === this.#atMs) return;
    this.disarm();
    if (atMs === undefined) return;
    this.#atMs = atMs;
    const delayMs = Math.min(Math.max(Math.ceil(atMs - nowMs), 0), longestTimerMs);
    this.#cancel = this.#clock.schedule(
      () => {
        this.#cancel = undefined;
        this.#atMs = Number.POSITIVE_INFINITY;
        this.#task();
      },
      delayMs,
      this.#kind,
    );
  }

  /** Goes off at `atMs`, or earlier where it was set for earlier. */
  armEarlier(atMs: number, nowMs: number): void {
    if (atMs < this.#atMs) this.arm(atMs, nowMs);
  }

  disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
