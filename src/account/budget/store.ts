import type { PeriodName } from './period.ts';

/** Whose money it is: one budget, and the user, project or value of a tag where each has its own. */
export interface AccountName {
  readonly budget: string;
  /** Empty where all share one, and for calls that name none. */
  readonly owner: string;
}

/** A share of the budget, and the pico-dollars that it is. */
export interface Threshold {
  readonly at: number;
  readonly pico: bigint;
}

/** What a call asks of one budget. */
export interface Charge {
  readonly account: AccountName;
  readonly per: PeriodName;
  readonly limitPico: bigint;
  /** The most that it may cost. */
  readonly reservePico: bigint;
  /** Whether the call does not go where there is no room. */
  readonly isHard: boolean;
  /** The money is spent already, and nothing waits to be sent: a store that is gone keeps it until it is back. */
  readonly isSpent?: true;
  readonly thresholds: readonly Threshold[];
}

/** What is in an account, as far as this process knows. */
export interface AccountFigures {
  readonly account: AccountName;
  readonly startMs: number;
  readonly endMs: number;
  readonly spentPico: bigint;
  /** Of it, what the provider did not count: estimates, and calls of which nobody knows the cost. */
  readonly estimatedPico: bigint;
  readonly reservedPico: bigint;
  /** Something that was spent may be missing: of what was written down, a part was lost. */
  readonly isUncertain: boolean;
  /** The shares that were alerted of. */
  readonly alerted: readonly number[];
}

/** An account has reached a threshold, for the first time in its period. */
export interface Crossing {
  readonly figures: AccountFigures;
  readonly at: number;
  readonly reason: 'spent' | 'exceeded';
}

/** How an attempt ended, in money. */
export type SettledCost =
  /** Nothing was sent, or the provider refused: it cost nothing. */
  | { readonly kind: 'release' }
  /** `isEstimated` where the provider did not count the tokens itself. */
  | { readonly kind: 'cost'; readonly pico: bigint; readonly isEstimated: boolean }
  /** Nobody knows: it counts as all that was reserved for it. */
  | { readonly kind: 'unknown' };

/** Money that is held for one attempt, in all of its budgets. */
export interface Reservation {
  /** Only the first time counts. Never rejects. */
  settle(cost: SettledCost): Promise<readonly Crossing[]>;
}

export interface ReserveReply {
  /** Undefined where it was refused: then nothing is reserved in any budget. */
  readonly reservation: Reservation | undefined;
  /** The places of the charges that have no room. */
  readonly refusedBy: readonly number[];
  /** Of each charge in its order, afterwards. */
  readonly figures: readonly AccountFigures[];
  readonly crossed: readonly Crossing[];
}

/** What is done with calls while a store is gone. */
export type BudgetWhenDown = 'local' | 'closed' | 'open';

const mark = Symbol.for('telltale.budget-store');

/** Where budgets are kept: `memoryBudgetStore`, `fileBudgetStore` or `redisBudgetStore` makes one. */
export interface BudgetStore {
  readonly [mark]: true;
  readonly kind: 'memory' | 'file' | 'redis';
  /**
   * Reserves in all budgets or in none.
   *
   * @throws TelltaleError `store_unavailable` where it is gone and `whenDown` is `closed`, except for what `isSpent`
   */
  reserve(charges: readonly Charge[]): Promise<ReserveReply>;
  /** The accounts that this process knows in their present periods. */
  figures(): readonly AccountFigures[];
  isDown(): boolean;
  /** Lets go of files and timers. Idempotent. */
  close(): Promise<void>;
}

export function markAsBudgetStore(store: Omit<BudgetStore, typeof mark>): BudgetStore {
  return { ...store, [mark]: true };
}

export function isBudgetStore(given: unknown): given is BudgetStore {
  return typeof given === 'object' && given !== null && mark in given;
}
