import { checkClock, checkObject } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { figuresOf, Ledger } from './ledger.ts';
import { type BudgetStore, markAsBudgetStore } from './store.ts';

/** Options of `memoryBudgetStore`. */
export interface MemoryBudgetStoreOptions {
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/**
 * Keeps budgets in this process: they begin anew with it. It is what `budget` uses without a `budgetStore`; make one
 * yourself where several clients share their budgets.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const budgetStore = memoryBudgetStore();
 * const east = observe(new OpenAI({ apiKey: eastKey }), { budget: { usd: 200, per: 'month' }, budgetStore });
 * const west = observe(new OpenAI({ apiKey: westKey }), { budget: { usd: 200, per: 'month' }, budgetStore });
 * ```
 */
export function memoryBudgetStore(options: MemoryBudgetStoreOptions = {}): BudgetStore {
  const { clock: given } = checkObject('options', options, ['clock']);
  const clock = given === undefined ? systemClock : checkClock('options.clock', given);
  const ledger = new Ledger();
  return markAsBudgetStore({
    kind: 'memory',
    async reserve(charges) {
      const { held, refusedBy, accounts, crossed } = ledger.reserve(charges, clock.epochMs());
      const reservation = held && {
        settle: async (cost: Parameters<typeof held.settle>[0]) => held.settle(cost)?.crossed ?? [],
      };
      return { reservation, refusedBy, figures: figuresOf(accounts), crossed };
    },
    figures: () => figuresOf(ledger.accounts(clock.epochMs())),
    isDown: () => false,
    close: async () => {},
  });
}
