import type { AccountFigures, AccountName, Crossing, Threshold } from './store.ts';

/** What a store has written down of an account. */
export type AccountState = Omit<AccountFigures, 'reservedPico'>;

/** One budget's money in one period. Its sums are exact. */
export class Account implements AccountFigures {
  readonly account: AccountName;
  readonly startMs: number;
  readonly endMs: number;
  spentPico: bigint;
  estimatedPico: bigint;
  reservedPico = 0n;
  /** Calls under way, also those for which nothing is reserved. */
  openCalls = 0;
  isUncertain: boolean;
  readonly alerted: number[];

  constructor(state: AccountState) {
    this.account = state.account;
    this.startMs = state.startMs;
    this.endMs = state.endMs;
    this.spentPico = state.spentPico;
    this.estimatedPico = state.estimatedPico;
    this.isUncertain = state.isUncertain;
    this.alerted = [...state.alerted];
  }

  /** A copy that later charges do not change. */
  figures(): AccountFigures {
    const { account, startMs, endMs, spentPico, estimatedPico, reservedPico, isUncertain } = this;
    return {
      account,
      startMs,
      endMs,
      spentPico,
      estimatedPico,
      reservedPico,
      isUncertain,
      alerted: [...this.alerted],
    };
  }

  /** Which thresholds are reached now and were not before; each is told of once. */
  cross(thresholds: readonly Threshold[]): readonly Crossing[] {
    return this.#tell(
      thresholds.filter(({ pico }) => this.spentPico >= pico),
      'spent',
    );
  }

  /** A call was turned down: the whole of the budget is reached, as its owner would say. */
  crossWhole(thresholds: readonly Threshold[]): readonly Crossing[] {
    return this.#tell(
      thresholds.filter(({ at }) => at === 1),
      'exceeded',
    );
  }

  #tell(reached: readonly Threshold[], reason: Crossing['reason']): readonly Crossing[] {
    const isNew = reached.filter(({ at }) => !this.alerted.includes(at));
    if (isNew.length === 0) return [];
    for (const { at } of isNew) this.alerted.push(at);
    const figures = this.figures();
    return isNew.map(({ at }) => ({ figures, at, reason }));
  }
}
