import type { PeriodName } from './period.ts';

/** What becomes of a call for which a budget has no room. */
export type OnExceeded = 'reject' | 'allow' | 'downgrade';

/**
 * So much money for each calendar period in UTC. The most that a call may cost is reserved before each of its attempts,
 * and what it did cost takes that place afterwards.
 *
 * @example
 * ```ts
 * const budget: Budget[] = [
 *   { usd: 200, per: 'month', onAlert: ({ budget, at, spentUsd }) => console.warn(budget, at, spentUsd) },
 *   { usd: 1, per: 'day', scope: 'user' },
 *   { usd: 20, per: 'day', tag: 'feature', models: ['gpt-5*'], onExceeded: 'downgrade', downgrade: { 'gpt-5': 'gpt-5-mini' } },
 * ];
 * ```
 */
export interface Budget {
  /** US dollars for a period: from 0.000001 to 1e9. */
  readonly usd: number;
  /** The calendar period in UTC after which it begins anew. */
  readonly per: PeriodName;
  /**
   * The models that share this budget; `*` stands for any characters (`gpt-5*`). @default all models
   */
  readonly models?: readonly string[];
  /**
   * Whose calls share it. With `project` or `user`, each value of `project` or `user` in `callWith` has a budget of its
   * own; calls that name none share one. @default 'organization': all calls
   */
  readonly scope?: 'organization' | 'project' | 'user';
  /** The name of a tag in `callWith`: each value of it has a budget of its own; calls without it share one. */
  readonly tag?: string;
  /**
   * Shares of `usd` at which to alert, once a period each, by what is spent. The share 1 is also reached when a call is
   * turned down or downgraded for want of room. From 0.01 to 10, at most 20 of them. @default [0.5, 0.8, 1]
   */
  readonly alertAt?: readonly number[];
  /** Is told of each alert, at most once. What it throws, and whether it ever ends, is nothing to the calls. */
  readonly onAlert?: (alert: BudgetAlert) => unknown;
  /**
   * What becomes of a call for which there is no room: `'reject'` refuses it with the client's own `RateLimitError`,
   * whose cause has the code `budget_exceeded`; `'allow'` only counts; `'downgrade'` sends it to the model that
   * `downgrade` names for its own, and refuses it where there is none, or no room for that either. @default 'reject'
   */
  readonly onExceeded?: OnExceeded;
  /** With `onExceeded: 'downgrade'`: cheaper models by the name that was asked for. */
  readonly downgrade?: Readonly<Record<string, string>>;
  /**
   * What becomes of a call whose model has no price, or none for the tier it asks for: `'refuse'` it with the code
   * `unpriced_model`, or `'allow'` it, reserving nothing and counting what it cost if that can be known after all.
   * @default 'refuse'
   */
  readonly unpriced?: 'refuse' | 'allow';
  /**
   * Output tokens that are reserved for a call which names no maximum (`max_completion_tokens`, `max_output_tokens`,
   * `max_tokens`). A positive integer. @default 4_096
   */
  readonly assumedOutputTokens?: number;
}

/** A budget has reached one of its `alertAt`. */
export interface BudgetAlert {
  /** The budget's name, as `usd/month`. */
  readonly budget: string;
  /** Whose it is, where each user, project or value of a tag has its own; absent for calls that name none. */
  readonly owner?: string;
  /** The share of the budget that was reached. */
  readonly at: number;
  /** By what is spent, or because a call was turned down or downgraded for want of room. */
  readonly reason: 'spent' | 'exceeded';
  readonly spentUsd: number;
  /** For calls that are under way. */
  readonly reservedUsd: number;
  readonly limitUsd: number;
  /** When the period that it is about ends, as an ISO time. */
  readonly resetsAt: string;
}

/** A budget that was checked. */
export interface CheckedBudget {
  /** `usd/month`, `usd/day gpt-5* per user, tag feature`: for people, metrics and the store. Not what it amounts to, which may change. */
  readonly name: string;
  readonly limitPico: bigint;
  readonly per: PeriodName;
  readonly models: readonly string[] | undefined;
  readonly scope: 'organization' | 'project' | 'user';
  readonly tag: string | undefined;
  readonly alertAt: readonly number[];
  readonly onAlert: ((alert: BudgetAlert) => unknown) | undefined;
  readonly onExceeded: OnExceeded;
  readonly downgrade: Readonly<Record<string, string>>;
  readonly unpriced: 'refuse' | 'allow';
  readonly assumedOutputTokens: number;
}
