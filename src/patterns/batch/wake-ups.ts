import { sleep, type Waiting } from './patience.ts';

/** Waits that something else may end early. */
export class WakeUps {
  readonly #waiting: Waiting;
  #count = 0;
  readonly #sleepers = new Map<string, Set<AbortController>>();

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  /** How often somebody was woken. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param since the `count` when what is waited for was last looked at: a wake-up since then is not slept through
   * @throws the reason of the signal
   */
  async wait(key: string, delayMs: number, since: number): Promise<void> {
    if (since !== this.#count) return;
    const early = new AbortController();
    const sleepers = this.#sleepers.get(key) ?? new Set();
    this.#sleepers.set(key, sleepers.add(early));
    const { clock, signal } = this.#waiting;
    try {
      await sleep(delayMs, { clock, signal: AbortSignal.any([signal, early.signal]) });
    } catch (error) {
      if (!early.signal.aborted || signal.aborted) throw error;
    } finally {
      sleepers.delete(early);
      if (sleepers.size === 0) this.#sleepers.delete(key);
    }
  }

  /** @param key of whom; all of them without it */
  wake(key?: string): void {
    this.#count += 1;
    const woken = key === undefined ? [...this.#sleepers.values()] : [this.#sleepers.get(key) ?? []];
    for (const sleepers of woken) for (const early of sleepers) early.abort();
  }
}
