import type { Correction, StoreMeter } from './store.ts';

const mostInBatch = 256;
/** The store remembers for ten minutes which batch it has had. */
const rememberedMs = 540_000;

interface Pending extends Correction {
  difference: number;
}

/**
 * What is still to be told to the store: what was not used, what was used beyond, and what went without it. A batch is sent
 * until an answer says that it was had, always with its number, so that it counts once.
 */
export class Corrections {
  readonly #pending = new Map<string, Pending>();
  #sent: readonly Correction[] = [];
  #sentMs = 0;
  #batch = 0;

  get isEmpty(): boolean {
    return this.#pending.size === 0 && this.#sent.length === 0;
  }

  /** Whether the store would still not know, with the batch that is next, of something that went. */
  get owes(): boolean {
    for (const { difference } of this.#pending.values()) if (difference > 0) return true;
    return false;
  }

  add(meter: StoreMeter, takenMs: number, difference: number, isRelease: boolean): void {
    if (difference === 0) return;
    const key = `${meter.name}\n${takenMs}\n${isRelease ? 1 : difference > 0 ? 2 : 3}`;
    const known = this.#pending.get(key);
    if (known) known.difference += difference;
    else this.#pending.set(key, { meter, takenMs, difference, isRelease });
  }

  next(nowMs: number): { readonly batch: number; readonly corrections: readonly Correction[] } {
    if (this.#sent.length === 0) {
      const entries = [...this.#pending].slice(0, mostInBatch);
      for (const [key] of entries) this.#pending.delete(key);
      this.#sent = entries.map(([, correction]) => correction);
      this.#sentMs = nowMs;
      this.#batch++;
    } else if (nowMs - this.#sentMs > rememberedMs) {
      // It may have been had: giving back twice would let too much go, owing twice does not.
      this.#sent = this.#sent.filter(({ difference }) => difference > 0);
    }
    return { batch: this.#batch, corrections: this.#sent };
  }

  had(batch: number): void {
    if (batch === this.#batch) this.#sent = [];
  }
}
