import { checkNumber, checkObject, checkOneOf } from '../../check.ts';
import { asObject } from '../../json.ts';
import { type ModerationCategory, moderationCategories } from './categories.ts';

/** `refuse`: it is not let through. `report`: it is, and told of. `ignore`: as if it had not been found. */
export type ModerationAction = 'refuse' | 'report' | 'ignore';

/**
 * What is done about a category: where the provider flags it, or, with `above`, where its score is higher than that, be it
 * flagged or not.
 */
export type CategoryRule =
  | ModerationAction
  | {
      readonly action: ModerationAction;
      /** From 0 to 1. */
      readonly above: number;
    };

/** A rule for each category; `default` holds for those without one. */
export type ModerationPolicy = {
  /** @default 'refuse' */
  readonly default?: CategoryRule;
} & { readonly [Category in ModerationCategory]?: CategoryRule };

/** One category that the policy does not ignore. */
export interface Match {
  /** `other` where the provider found what has no name here. */
  readonly category: ModerationCategory | 'other';
  /** From 0 to 1; of several texts, the highest. 1 where the provider gave none. */
  readonly score: number;
  readonly action: 'refuse' | 'report';
}

export interface CheckedRule {
  readonly action: ModerationAction;
  /** Undefined where the provider's own flag decides. */
  readonly above: number | undefined;
}

export interface CheckedPolicy {
  readonly rules: ReadonlyMap<ModerationCategory, CheckedRule>;
  readonly fallback: CheckedRule;
}

const actions = ['refuse', 'report', 'ignore'] as const;

/** @throws TelltaleError `invalid_option` */
export function checkPolicy(path: string, given: unknown = {}): CheckedPolicy {
  const policy = checkObject(path, given, ['default', ...moderationCategories]);
  const fallback = checkRule(`${path}.default`, policy['default'] ?? 'refuse');
  const rules = moderationCategories.map((category) => {
    const rule = policy[category];
    return [category, rule === undefined ? fallback : checkRule(`${path}.${category}`, rule)] as const;
  });
  return { rules: new Map(rules), fallback };
}

function checkRule(path: string, given: unknown): CheckedRule {
  if (!asObject(given)) return { action: checkOneOf(path, given, actions), above: undefined };
  const { action, above } = checkObject(path, given, ['action', 'above']);
  return {
    action: checkOneOf(`${path}.action`, action, actions),
    above: checkNumber(`${path}.above`, above, { min: 0, max: 1 }),
  };
}

export interface Judgement {
  readonly matches: readonly Match[];
  /** A category that the policy asks about, and of which the result does not say all. */
  readonly missing: ModerationCategory | undefined;
}

/** What the policy has to say of one result of a moderation. */
export function judge({ rules, fallback }: CheckedPolicy, result: unknown): Judgement {
  const { categories, category_scores, flagged } = asObject(result) ?? {};
  const flags = asObject(categories) ?? {};
  const scores = asObject(category_scores) ?? {};
  const matches: Match[] = [];
  let missing: ModerationCategory | undefined;
  for (const [category, { action, above }] of rules) {
    if (action === 'ignore') continue;
    const flag = flags[category];
    const score = isScore(scores[category]) ? scores[category] : undefined;
    // Models without the category say so.
    if (flag === null && (scores[category] ?? null) === null) continue;
    if (typeof flag !== 'boolean' || score === undefined) missing ??= category;
    if (above === undefined ? flag === true : score !== undefined && score > above)
      matches.push({ category, score: score ?? 1, action });
  }
  const named = new Set<string>(moderationCategories);
  const isFlagged = (name: string): boolean => flags[name] === true;
  const others = Object.keys(flags).filter((name) => !named.has(name) && isFlagged(name));
  const isOther = others.length > 0 || (flagged === true && !Object.keys(flags).some(isFlagged));
  if (!isOther || fallback.action === 'ignore') return { matches, missing };
  const known = others.map((name) => scores[name]).filter(isScore);
  const score = known.length > 0 ? Math.max(...known) : 1;
  // Where there is a score that the rule asks for, it decides; without one, the flag must.
  if (fallback.above !== undefined && score <= fallback.above) return { matches, missing };
  return { matches: [...matches, { category: 'other', score, action: fallback.action }], missing };
}

function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** Of each category the highest score. */
export function worst(matches: readonly Match[]): readonly Match[] {
  const found = new Map<string, Match>();
  for (const match of matches) {
    const before = found.get(match.category);
    if (!before || match.score > before.score) found.set(match.category, match);
  }
  return [...found.values()];
}
