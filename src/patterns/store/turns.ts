import type { Clock } from '../../clock.ts';

export interface Wait {
  readonly signal: AbortSignal | undefined;
  /** On the clock that does not go back. */
  readonly untilMs: number;
}

type Waiter = () => void;

/** Lets those of this process work on an id one after the other, who came first first. */
export class Turns {
  readonly #clock: Clock;
  /** Of each id that somebody has: who waits for it. */
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @returns what ends the turn, of which only the first time counts; undefined where it did not come in time
   * @throws the reason of the signal
   */
  async take(id: string, { signal, untilMs }: Wait): Promise<(() => void) | undefined> {
    signal?.throwIfAborted();
    const waiting = this.#waiting.get(id);
    if (!waiting) {
      this.#waiting.set(id, []);
      return this.#turnOf(id);
    }
    const waitMs = untilMs - this.#clock.nowMs();
    if (waitMs <= 0) return undefined;
    return await new Promise((resolve, reject) => {
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', aborted);
        const at = waiting.indexOf(waiter);
        if (at >= 0) waiting.splice(at, 1);
      };
      const waiter = (): void => {
        end();
        resolve(this.#turnOf(id));
      };
      const aborted = (): void => {
        end();
        reject(signal?.reason);
      };
      const late = (): void => {
        end();
        resolve(undefined);
      };
      const cancel = this.#clock.schedule(late, waitMs, 'work');
      signal?.addEventListener('abort', aborted, { once: true });
      waiting.push(waiter);
    });
  }

  #turnOf(id: string): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.get(id)?.shift();
      if (next) next();
      else this.#waiting.delete(id);
    };
  }
}
