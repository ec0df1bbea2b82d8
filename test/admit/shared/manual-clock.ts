import type { Clock } from '../../../src/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

/** A clock that goes as far as it is told, and gives whoever waits for a promise its turn after every timer. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];
  #drawn = 0;

  readonly nowMs = (): number => this.#nowMs;
  readonly epochMs = (): number => 1_700_000_000_000 + this.#nowMs;
  /** Another one each time: processes take their names from it. */
  readonly random = (): number => ((++this.#drawn * 0.618_033_988_75) % 1) as number;

  readonly schedule = (task: () => void, delayMs: number): (() => void) => {
    const timer: Timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers)
        if (timer.atMs <= untilMs && (!next || timer.atMs < next.atMs)) next = timer;
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.task();
      await microtasks();
    }
    this.#nowMs = untilMs;
    await microtasks();
  }
}

async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
