import { isPerMinute, type LimitPlan, type MockLimit, windowMsOf } from './limit.ts';

export type Unit = 'requests' | 'tokens';

/** What the law holds: a limit, or the share per second of one. */
export interface Rule {
  /** The index of its limit. */
  readonly index: number;
  readonly limit: MockLimit;
  /** Whether it is the share per second of a limit per minute. */
  readonly perSecond: boolean;
  readonly unit: Unit;
  /** It refills at `amount` in `windowMs`: whole numbers, so that a bucket can be counted without rounding. */
  readonly amount: number;
  readonly windowMs: number;
  /** For how long it is held, in milliseconds; shorter than `windowMs` where it is a share. */
  readonly heldMs: number;
}

/** How much may be used at once. Not always whole for a share. */
export function capacityOf({ amount, windowMs, heldMs }: Rule): number {
  return (amount * heldMs) / windowMs;
}

export function rulesOf({
  limits,
  enforcePerSecond,
}: Pick<LimitPlan, 'limits' | 'enforcePerSecond'>): Rule[] {
  return limits.flatMap((limit, index) => {
    const rule = ruleOf(limit, index);
    return enforcePerSecond && isPerMinute(limit) ? [rule, shareOf(rule)] : [rule];
  });
}

function ruleOf(limit: MockLimit, index: number): Rule {
  const windowMs = windowMsOf(limit);
  const [unit, amount] =
    limit.requests === undefined
      ? (['tokens', limit.tokens] as const)
      : (['requests', limit.requests] as const);
  return { index, limit, perSecond: false, unit, amount, windowMs, heldMs: windowMs };
}

const SECOND_MS = 1_000;

function shareOf(rule: Rule): Rule {
  const atLeastOne = rule.amount * SECOND_MS >= rule.windowMs;
  const pace = atLeastOne ? {} : { amount: 1, windowMs: SECOND_MS };
  return { ...rule, ...pace, perSecond: true, heldMs: SECOND_MS };
}

/** Whether a request for this model falls under the limit. */
export function appliesTo({ limit: { models } }: Rule, model: string | null): boolean {
  if (models === undefined) return true;
  return model !== null && models.some((pattern) => matches(pattern, model));
}

/** Without regular expressions, whose time a pattern of many stars could make explode. */
function matches(pattern: string, model: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return model === pattern;
  if (!model.startsWith(head) || model.length < head.length + tail.length || !model.endsWith(tail))
    return false;
  const end = model.length - tail.length;
  let from = head.length;
  for (const piece of rest) {
    const at = model.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
