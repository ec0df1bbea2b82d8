import type { CheckedBudget } from './budget.ts';
import { usdOfPico } from './exact-usd.ts';
import { type PeriodName, periodOf } from './period.ts';
import type { AccountFigures, BudgetStore } from './store.ts';

/** What is in one budget, in its present period. */
export interface BudgetFigures {
  /** The budget's name, as `usd/month`. */
  readonly budget: string;
  /** Whose it is, where each user, project or value of a tag has its own; absent for calls that name none. */
  readonly owner?: string;
  readonly per: PeriodName;
  readonly limitUsd: number;
  readonly spentUsd: number;
  /** Of it, what the provider did not count: estimates, and what was reserved for calls of which nobody knows the cost. */
  readonly estimatedUsd: number;
  /** For calls that are under way. */
  readonly reservedUsd: number;
  /** When the period ends, as an ISO time in UTC. */
  readonly resetsAt: string;
  /** The shares that were alerted of in this period. */
  readonly alertsSent: readonly number[];
  /** Something that was spent may be missing, because a part of what was written down was lost. */
  readonly isUncertain: boolean;
}

/** All budgets of a client, as this process knows them. */
export interface BudgetSnapshot {
  /** In the order of the option; of those that each owner has for itself, the fullest 100. */
  readonly budgets: readonly BudgetFigures[];
  /** Attempts that a budget turned down, since the client was observed. */
  readonly turnedDown: number;
  /** Attempts that went over a budget with `onExceeded: 'allow'`. */
  readonly allowedOver: number;
  /** Attempts that went to a cheaper model. */
  readonly downgraded: number;
  /** Attempts of models without a price that were refused. */
  readonly unpriced: number;
  /**
   * Attempts of which nobody knows the cost: what was reserved for them counts as spent. And batches of which nobody knows
   * it, or whose cost the store did not take: of these nothing counts as spent.
   */
  readonly unknownCosts: number;
  readonly store: { readonly kind: 'memory' | 'file' | 'redis'; readonly state: 'up' | 'down' };
}

const mostOwners = 100;

export function figuresOfBudgets(
  budgets: readonly CheckedBudget[],
  store: BudgetStore,
  epochMs: number,
): readonly BudgetFigures[] {
  const accounts = new Map<string, AccountFigures[]>(budgets.map(({ name }) => [name, []]));
  for (const figures of store.figures()) accounts.get(figures.account.budget)?.push(figures);
  return budgets.flatMap((budget) => {
    const known = accounts.get(budget.name) ?? [];
    const isShared = budget.scope === 'organization' && budget.tag === undefined;
    if (known.length === 0 && isShared) known.push(untouched(budget, epochMs));
    known.sort((a, b) => compare(taken(b), taken(a)));
    return known.slice(0, mostOwners).map((figures) => shown(budget, figures));
  });
}

const taken = ({ spentPico, reservedPico }: AccountFigures): bigint => spentPico + reservedPico;
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function untouched({ name, per }: CheckedBudget, epochMs: number): AccountFigures {
  return {
    account: { budget: name, owner: '' },
    ...periodOf(per, epochMs),
    spentPico: 0n,
    estimatedPico: 0n,
    reservedPico: 0n,
    isUncertain: false,
    alerted: [],
  };
}

function shown({ per, limitPico }: CheckedBudget, figures: AccountFigures): BudgetFigures {
  const { account, spentPico, estimatedPico, reservedPico, endMs, alerted, isUncertain } = figures;
  return {
    budget: account.budget,
    ...(account.owner !== '' && { owner: account.owner }),
    per,
    limitUsd: usdOfPico(limitPico),
    spentUsd: usdOfPico(spentPico),
    estimatedUsd: usdOfPico(estimatedPico),
    reservedUsd: usdOfPico(reservedPico),
    resetsAt: new Date(endMs).toISOString(),
    alertsSent: [...alerted].sort((a, b) => a - b),
    isUncertain,
  };
}
