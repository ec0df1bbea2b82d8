import { Account, type AccountState } from './account.ts';
import { periodOf } from './period.ts';
import type { AccountFigures, AccountName, Charge, Crossing, SettledCost } from './store.ts';

export interface LedgerOptions {
  /**
   * Accounts with money in their period that are known one by one. Where there are more, those that spent least are
   * forgotten, and what comes in their place starts with the most that any of them had spent. @default 10_000
   */
  readonly maxAccounts?: number;
  /** Whether an account that is uncertain counts as spent in full. @default true */
  readonly isUncertainFull?: boolean;
}

/** What was forgotten: everybody who is not known may have spent so much. */
export interface Floor {
  readonly budget: string;
  readonly startMs: number;
  readonly pico: bigint;
}

export interface LedgerReply {
  readonly held: Held | undefined;
  readonly refusedBy: readonly number[];
  readonly accounts: readonly Account[];
  readonly crossed: readonly Crossing[];
}

/** Money that is held in several accounts for one attempt. */
export interface Held {
  /** Undefined where that has happened before. */
  settle(
    cost: SettledCost,
  ): { readonly accounts: readonly Account[]; readonly crossed: readonly Crossing[] } | undefined;
}

/** So many are forgotten together, as a share of all: sorting them is not for every call. */
const forgottenShare = 0.1;

/** All accounts of a process, without time, files or network of its own. */
export class Ledger {
  readonly #maxAccounts: number;
  readonly #isUncertainFull: boolean;
  /** Those of the present periods; an older one is known only to the reservations in it. */
  readonly #accounts = new Map<string, Account>();
  /** By budget. */
  readonly #floors = new Map<string, Floor>();
  /** By budget: a clock that goes back stays in the period that it was in, which is not spent twice then. */
  readonly #latestStartMs = new Map<string, number>();
  /** Periods that had begun by then are uncertain where nothing is known of an account. */
  #uncertainBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: LedgerOptions = {}) {
    const { maxAccounts = 10_000, isUncertainFull = true } = options;
    this.#maxAccounts = maxAccounts;
    this.#isUncertainFull = isUncertainFull;
  }

  /** What was written down before, or what a store said last. */
  load(state: AccountState): void {
    const { account, startMs } = state;
    const latestMs = this.#latestStartMs.get(account.budget) ?? startMs;
    // Something of an older period may have been written down later.
    if (startMs < latestMs) return;
    if (startMs > latestMs) this.#begin(account.budget, startMs);
    this.#latestStartMs.set(account.budget, startMs);
    this.#accounts.set(keyOf(account), new Account(state));
  }

  loadFloor(floor: Floor): void {
    this.#floors.set(floor.budget, floor);
  }

  /** Of periods that had begun by then, something may be missing. */
  markUncertainBefore(epochMs: number): void {
    this.#uncertainBeforeMs = epochMs;
  }

  get uncertainBeforeMs(): number {
    return this.#uncertainBeforeMs;
  }

  get floors(): readonly Floor[] {
    return [...this.#floors.values()];
  }

  accounts(nowMs: number): readonly Account[] {
    return [...this.#accounts.values()].filter(({ endMs }) => endMs > nowMs);
  }

  reserve(charges: readonly Charge[], nowMs: number): LedgerReply {
    const accounts = charges.map((charge) => this.#accountOf(charge, nowMs));
    const refusedBy = charges.flatMap((charge, index) =>
      charge.isHard && !this.#hasRoom(accounts[index], charge) ? [index] : [],
    );
    if (refusedBy.length > 0) {
      const crossed = refusedBy.flatMap(
        (index) => accounts[index]?.crossWhole(charges[index]?.thresholds ?? []) ?? [],
      );
      return { held: undefined, refusedBy, accounts, crossed };
    }
    for (const [index, charge] of charges.entries()) {
      const account = accounts[index];
      if (!account) continue;
      account.reservedPico += charge.reservePico;
      account.openCalls++;
    }
    if (this.#accounts.size > this.#maxAccounts) this.#forgetSome();
    return { held: held(charges, accounts), refusedBy, accounts, crossed: [] };
  }

  #hasRoom(account: Account | undefined, { limitPico, reservePico }: Charge): boolean {
    if (!account || (account.isUncertain && this.#isUncertainFull)) return false;
    return account.spentPico + account.reservedPico + reservePico <= limitPico;
  }

  #accountOf(charge: Charge, nowMs: number): Account {
    const { account: name, per, thresholds } = charge;
    const { budget } = name;
    const latestMs = this.#latestStartMs.get(budget);
    const { startMs, endMs } = periodOf(per, Math.max(nowMs, latestMs ?? nowMs));
    if (startMs !== latestMs) this.#begin(budget, startMs);
    const key = keyOf(name);
    const known = this.#accounts.get(key);
    if (known?.startMs === startMs) return known;
    const floor = this.#floors.get(budget);
    const spentPico = floor?.startMs === startMs ? floor.pico : 0n;
    const account = new Account({
      account: name,
      startMs,
      endMs,
      spentPico,
      estimatedPico: spentPico,
      isUncertain: startMs <= this.#uncertainBeforeMs,
      // Whoever was forgotten may have been alerted of these.
      alerted: thresholds.filter(({ pico }) => spentPico > 0n && pico <= spentPico).map(({ at }) => at),
    });
    this.#accounts.set(key, account);
    return account;
  }

  /** A new period of a budget: the old one is over for all its owners. */
  #begin(budget: string, startMs: number): void {
    this.#latestStartMs.set(budget, startMs);
    this.#floors.delete(budget);
    for (const [key, { account, startMs: before }] of this.#accounts)
      if (account.budget === budget && before < startMs) this.#accounts.delete(key);
  }

  #forgetSome(): void {
    const idle = [...this.#accounts].filter(([, { openCalls }]) => openCalls === 0);
    idle.sort(([, a], [, b]) => (a.spentPico < b.spentPico ? -1 : a.spentPico > b.spentPico ? 1 : 0));
    for (const [key, { account, startMs, spentPico }] of idle.slice(
      0,
      Math.ceil(this.#maxAccounts * forgottenShare),
    )) {
      const { budget } = account;
      const before = this.#floors.get(budget);
      const pico = before && before.pico > spentPico ? before.pico : spentPico;
      if (pico > 0n) this.#floors.set(budget, { budget, startMs, pico });
      this.#accounts.delete(key);
    }
  }
}

function held(charges: readonly Charge[], accounts: readonly Account[]): Held {
  let isSettled = false;
  return {
    settle(cost) {
      if (isSettled) return undefined;
      isSettled = true;
      const crossed = charges.flatMap(({ reservePico, thresholds }, index) => {
        const account = accounts[index];
        if (!account) return [];
        account.reservedPico -= reservePico;
        account.openCalls--;
        const { spentPico, estimatedPico } = chargeOf(cost, reservePico);
        account.spentPico += spentPico;
        account.estimatedPico += estimatedPico;
        return account.cross(thresholds);
      });
      return { accounts, crossed };
    },
  };
}

/** What one budget is charged with in the end. */
export function chargeOf(
  cost: SettledCost,
  reservedPico: bigint,
): { readonly spentPico: bigint; readonly estimatedPico: bigint } {
  if (cost.kind === 'release') return { spentPico: 0n, estimatedPico: 0n };
  if (cost.kind === 'unknown') return { spentPico: reservedPico, estimatedPico: reservedPico };
  return { spentPico: cost.pico, estimatedPico: cost.isEstimated ? cost.pico : 0n };
}

/** Names are user input: a length in front keeps two of them apart. */
export function keyOf({ budget, owner }: AccountName): string {
  return `${budget.length} ${budget}${owner}`;
}

/** What a caller may keep: a copy. */
export function figuresOf(accounts: readonly Account[]): readonly AccountFigures[] {
  return accounts.map((account) => account.figures());
}
