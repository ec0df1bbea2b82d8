import type { Clock } from '../../../clock.ts';

/** Further apart are no two clocks that anybody sets right. */
const apartMs = 60_000;

/** The server's time, by which periods begin, as far as it can be told from here. */
export class ServerClock {
  readonly #clock: Clock;
  /** The server's clock less this one. */
  #offsetMs = 0;
  #hasWarned = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get nowMs(): number {
    return this.#clock.epochMs() + this.#offsetMs;
  }

  /** It was so late there, just now. */
  heard(serverMs: number): void {
    this.#offsetMs = serverMs - this.#clock.epochMs();
    if (this.#hasWarned || Math.abs(this.#offsetMs) < apartMs) return;
    this.#hasWarned = true;
    const minutes = Math.round(Math.abs(this.#offsetMs) / 60_000);
    const where = this.#offsetMs > 0 ? 'ahead of' : 'behind';
    process.emitWarning(
      `The clock of Redis is ${minutes} min ${where} this machine's. Days and months of budgets begin and end by the clock of Redis: see which of the two is right. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_BUDGET_CLOCK' },
    );
  }
}
