import { checkObject, invalidOption } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import type { LedgerEntry, RateLimitRecord } from '../ledger.ts';
import { type LimitLaw, type LimitOptions, type MockLimit, noLimits, readLimitPlan } from './limit.ts';
import { appliesTo, capacityOf, type Rule, rulesOf } from './rule.ts';
import { type Use, type WorstWindow, worstWindowOf } from './worst-window.ts';

/** What was used of a limit, by one way of counting. */
export interface LimitUse {
  /** Of all that was admitted, in requests or tokens as the limit counts. */
  readonly amount: number;
  /** Of any key, where each has limits of its own. */
  readonly worstWindow: WorstWindow;
  /**
   * `amount` as a share of what the law would have admitted between the first and the last arrival, with what is free
   * at the start. 0 where nothing arrived.
   */
  readonly utilisation: number;
}

/** How a limit was kept, and how well it was used. */
export interface LimitVerdict {
  readonly limit: MockLimit;
  /** Whether this is about its share per second. */
  readonly perSecond: boolean;
  readonly admittedRequests: number;
  /** As used; where that is not known, as charged. */
  readonly admittedTokens: number;
  /** Requests that this limit refused. */
  readonly refused: number;
  /** Counted as charged on arrival. */
  readonly charged: LimitUse;
  /** Counted as used; where that is not known, as charged. */
  readonly actual: LimitUse;
}

/** How limits were kept and used, as a ledger tells it. */
export interface LimitsVerdict {
  /** 429s that a limit gave. Whoever knows the limits and counts as the mock does gets none. */
  readonly avoidable429s: number;
  /** How many of them asked for more than a limit ever allows at once. */
  readonly tooLarge: number;
  /** In the order of the limits; the share per second of a limit comes right after it. */
  readonly limits: readonly LimitVerdict[];
}

/** A request before the limits. */
interface Judged extends RateLimitRecord {
  readonly model: string | null;
}

/**
 * Judges from a ledger how limits were kept and used. `limits` and `how` are those that the mock had.
 *
 * @throws TelltaleError `invalid_option` for bad limits, and for a ledger of a mock that had none, or others.
 *
 * @example
 * ```ts
 * const limits = [{ requests: 500, per: 'minute' as const }];
 * const mock = await startMock({ limits });
 * // … calls …
 * await mock.settled();
 * judgeLimits(mock.ledger(), limits).avoidable429s; // 0, if the caller stayed within them
 * ```
 */
export function judgeLimits(
  ledger: readonly LedgerEntry[],
  limits: readonly MockLimit[],
  how: Pick<LimitOptions, 'law' | 'enforcePerSecond'> = {},
): LimitsVerdict {
  const { law, rules } = readLimits(limits, how);
  const judged = judgedOf(ledger, rules);
  const refusals = judged.flatMap(({ refusedBy }) => (refusedBy ? [refusedBy] : []));
  return {
    avoidable429s: refusals.length,
    tooLarge: refusals.filter(({ tooLarge }) => tooLarge).length,
    limits: rules.map((rule) => judgeOne(rule, law, judged)),
  };
}

function readLimits(limits: unknown, how: unknown): { law: LimitLaw; rules: readonly Rule[] } {
  const given = checkObject('how', how, ['law', 'enforcePerSecond']);
  if (!Array.isArray(limits) || limits.length === 0)
    throw invalidOption('limits', 'a non-empty array', limits);
  const plan = readLimitPlan({ ...given, limits }, noLimits);
  return { law: plan.law, rules: rulesOf(plan) };
}

/** In order of time, which need not be the order of arrival: a long body arrives slowly. */
function judgedOf(ledger: readonly LedgerEntry[], rules: readonly Rule[]): readonly Judged[] {
  const judged = ledger.flatMap(({ rateLimit, model }) => (rateLimit ? [{ ...rateLimit, model }] : []));
  const stranger = judged.some(({ refusedBy }) => refusedBy && !rules.some((rule) => isOf(rule, refusedBy)));
  if (stranger || (judged.length === 0 && ledger.length > 0)) {
    throw new TelltaleError(
      'invalid_option',
      'Expected `ledger` to be of a mock with these `limits`: what it says of limits is not about them',
    );
  }
  return judged.sort((one, other) => one.atMs - other.atMs);
}

function isOf(rule: Rule, refusedBy: { readonly limit: number; readonly perSecond: boolean }): boolean {
  return rule.index === refusedBy.limit && rule.perSecond === refusedBy.perSecond;
}

function judgeOne(rule: Rule, law: LimitLaw, all: readonly Judged[]): LimitVerdict {
  const judged = all.filter(({ model }) => appliesTo(rule, model));
  const admitted = judged.filter(({ outcome }) => outcome === 'admitted');
  const allowed = sumOf([...byKey(judged).values()], (ofKey) => allowedIn(rule, law, ofKey));
  function useBy(tokensOf: (judged: Judged) => number): LimitUse {
    const amountOf = rule.unit === 'requests' ? () => 1 : tokensOf;
    const amount = sumOf(admitted, amountOf);
    const windows = [...byKey(admitted).values()].map((ofKey) => {
      const uses: Use[] = ofKey.map((each) => ({ atMs: each.atMs, amount: amountOf(each) }));
      return worstWindowOf(uses, rule.heldMs, capacityOf(rule));
    });
    const none = worstWindowOf([], rule.heldMs, capacityOf(rule));
    return {
      amount,
      worstWindow: windows.reduce((worst, other) => (other.amount > worst.amount ? other : worst), none),
      utilisation: allowed === 0 ? 0 : amount / allowed,
    };
  }
  return {
    limit: rule.limit,
    perSecond: rule.perSecond,
    admittedRequests: admitted.length,
    admittedTokens: sumOf(admitted, actualTokensOf),
    refused: judged.filter(({ refusedBy }) => refusedBy && isOf(rule, refusedBy)).length,
    charged: useBy(({ tokens }) => tokens),
    actual: useBy(actualTokensOf),
  };
}

/** What the law admits of an endless demand, from the first to the last of `judged`, both included. */
function allowedIn(rule: Rule, law: LimitLaw, judged: readonly Judged[]): number {
  const first = judged[0];
  const last = judged.at(-1);
  if (!first || !last) return 0;
  const spanMs = last.atMs - first.atMs;
  if (law === 'bucket') return capacityOf(rule) + (spanMs * rule.amount) / rule.windowMs;
  return capacityOf(rule) * (Math.floor(spanMs / rule.heldMs) + 1);
}

function actualTokensOf({ actualTokens, tokens }: Judged): number {
  return actualTokens ?? tokens;
}

function byKey(judged: readonly Judged[]): Map<number, Judged[]> {
  const groups = new Map<number, Judged[]>();
  for (const each of judged) {
    const group = groups.get(each.key);
    if (group) group.push(each);
    else groups.set(each.key, [each]);
  }
  return groups;
}

function sumOf<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + amountOf(item), 0);
}
