import { keyOf } from '../ledger.ts';
import type { Crossing } from '../store.ts';
import type { NumberedSettlement, Settlement } from './budget-exchange.ts';

interface Entry {
  settlement: Settlement;
  /** Given when it is sent for the first time: from then on it does not change. */
  number: number | undefined;
  readonly told: ((crossed: readonly Crossing[]) => void)[];
}

const mostAtOnce = 200;

/**
 * What is to be told to Redis, in order, until it says that it has it. What was spent while Redis was gone is added up
 * by account, so a long outage takes no more memory than there are accounts.
 */
export class Outbox {
  readonly #entries: Entry[] = [];
  /** Those that may still be added to, by account and period. */
  readonly #sums = new Map<string, Entry>();
  #number = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Resolves when Redis has it, or when nobody waits for that any more. */
  add(settlement: Settlement): Promise<readonly Crossing[]> {
    return new Promise((resolve) => {
      this.#entries.push({ settlement, number: undefined, told: [resolve] });
    });
  }

  /** What was reserved here, not there. */
  addSum(settlement: Settlement): void {
    const key = `${settlement.startMs} ${keyOf(settlement.account)}`;
    const sum = this.#sums.get(key);
    if (!sum) {
      const entry: Entry = { settlement, number: undefined, told: [] };
      this.#sums.set(key, entry);
      this.#entries.push(entry);
      return;
    }
    const { costPico, estimatedPico } = sum.settlement;
    sum.settlement = {
      ...settlement,
      costPico: costPico + settlement.costPico,
      estimatedPico: estimatedPico + settlement.estimatedPico,
    };
  }

  /** The first of them, the same ones again until `delivered`. */
  next(): readonly NumberedSettlement[] {
    return this.#entries.slice(0, mostAtOnce).map((entry) => {
      if (entry.number === undefined) {
        entry.number = ++this.#number;
        const { startMs, account } = entry.settlement;
        const key = `${startMs} ${keyOf(account)}`;
        if (this.#sums.get(key) === entry) this.#sums.delete(key);
      }
      return { ...entry.settlement, number: entry.number };
    });
  }

  delivered(count: number, crossed: readonly Crossing[]): void {
    const gone = this.#entries.splice(0, count);
    let first = crossed;
    // Whoever settled is told of all that was crossed with it: it is told of once either way.
    for (const { told } of gone)
      for (const tell of told) {
        tell(first);
        first = [];
      }
    this.#rest = [...this.#rest, ...first];
  }
  #rest: readonly Crossing[] = [];

  /** What was crossed, and nobody waited to hear of. */
  takeUntold(): readonly Crossing[] {
    const rest = this.#rest;
    this.#rest = [];
    return rest;
  }

  /** Nobody is to wait while Redis is gone; what is in here stays. */
  letGo(): void {
    for (const { told } of this.#entries) for (const tell of told.splice(0)) tell([]);
  }
}
