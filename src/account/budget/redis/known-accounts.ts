import { keyOf, Ledger } from '../ledger.ts';
import type { AccountFigures, AccountName, Crossing } from '../store.ts';
import type { KnownAccount } from './budget-exchange.ts';

/** Names of accounts are user input. What is forgotten is asked of Redis anew. */
const mostKnown = 10_000;

/** What Redis said last, for when it is gone or forgets. */
export class KnownAccounts {
  readonly #known = new Map<string, KnownAccount>();
  readonly #told = new Set<string>();

  remember(known: KnownAccount): void {
    const key = keyOf(known.figures.account);
    // What ended late was told of the period in which it began.
    if ((this.#known.get(key)?.figures.startMs ?? 0) > known.figures.startMs) return;
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size <= mostKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  of(account: AccountName, startMs: number): KnownAccount | undefined {
    const known = this.#known.get(keyOf(account));
    return known?.figures.startMs === startMs ? known : undefined;
  }

  figures(nowMs: number): readonly AccountFigures[] {
    return Array.from(this.#known.values(), ({ figures }) => figures).filter(({ endMs }) => endMs > nowMs);
  }

  /** A ledger to go on with: what anybody had reserved counts as spent. */
  asLedger(): Ledger {
    const ledger = new Ledger({ isUncertainFull: false });
    for (const { figures } of this.#known.values()) {
      const { spentPico, estimatedPico, reservedPico } = figures;
      ledger.load({
        ...figures,
        spentPico: spentPico + reservedPico,
        estimatedPico: estimatedPico + reservedPico,
      });
    }
    return ledger;
  }

  /** Without those that were heard of before: what was told while Redis was gone, Redis tells again. */
  unheard(crossed: readonly Crossing[]): readonly Crossing[] {
    return crossed.filter(({ figures, at }) => {
      const name = `${figures.startMs} ${at} ${keyOf(figures.account)}`;
      if (this.#told.has(name)) return false;
      if (this.#told.size >= mostKnown) this.#told.clear();
      this.#told.add(name);
      return true;
    });
  }
}
