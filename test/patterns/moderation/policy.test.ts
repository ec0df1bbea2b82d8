import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it, test } from 'vitest';
import { observe } from '../../../src/index.ts';
import { guarded } from '../../../src/patterns/index.ts';
import { moderationCategories } from '../../../src/patterns/moderation/categories.ts';
import {
  checkPolicy,
  judge,
  type Match,
  type ModerationPolicy,
  worst,
} from '../../../src/patterns/moderation/policy.ts';

const action = fc.constantFrom('refuse' as const, 'report' as const, 'ignore' as const);
const unit = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
const rule = fc.oneof(action, fc.record({ action, above: unit }));
const policies = fc.dictionary(
  fc.constantFrom('default', ...moderationCategories),
  rule,
) as fc.Arbitrary<ModerationPolicy>;
const results = fc.array(
  fc.record({
    flags: fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
    scores: fc.array(unit, { minLength: 13, maxLength: 13 }),
  }),
  { maxLength: 4 },
);

/** What the documentation says, one category at a time. */
function expected(policy: ModerationPolicy, all: { flags: boolean[]; scores: number[] }[]): Match[] {
  const found: Match[] = [];
  moderationCategories.forEach((category, at) => {
    const given = policy[category] ?? policy.default ?? 'refuse';
    const does = typeof given === 'string' ? given : given.action;
    const hits = all
      .filter(({ flags, scores }) =>
        typeof given === 'string' ? flags[at] : (scores[at] ?? 0) > given.above,
      )
      .map(({ scores }) => scores[at] ?? 0);
    if (does !== 'ignore' && hits.length > 0)
      found.push({ category, score: Math.max(...hits), action: does });
  });
  return found;
}

test('any policy finds in any results what the plain model finds', () => {
  fc.assert(
    fc.property(policies, results, (policy, all) => {
      const checked = checkPolicy('policy', policy);
      const byName = <T>(values: T[]) =>
        Object.fromEntries(moderationCategories.map((name, at) => [name, values[at]]));
      const matches = all.flatMap(({ flags, scores }) => {
        const judged = judge(checked, {
          flagged: flags.includes(true),
          categories: byName(flags),
          category_scores: byName(scores),
        });
        expect(judged.missing).toBeUndefined();
        return judged.matches;
      });
      const sorted = (list: readonly Match[]) =>
        list.toSorted((a, b) => a.category.localeCompare(b.category));
      expect(sorted(worst(matches))).toEqual(sorted(expected(policy, all)));
    }),
  );
});

describe('what has no name here', () => {
  const calm = {
    categories: Object.fromEntries(moderationCategories.map((name) => [name, false])),
    category_scores: Object.fromEntries(moderationCategories.map((name) => [name, 0])),
  };
  const found = { ...calm, flagged: true, categories: { ...calm.categories, fraud: true } };
  const scored = { ...found, category_scores: { ...calm.category_scores, fraud: 0.4 } };
  it.each([
    ['is refused', 'refuse', scored, [{ category: 'other', score: 0.4, action: 'refuse' }]],
    ['is refused without a score', 'refuse', found, [{ category: 'other', score: 1, action: 'refuse' }]],
    [
      'is refused without a name',
      'refuse',
      { ...calm, flagged: true },
      [{ category: 'other', score: 1, action: 'refuse' }],
    ],
    ['is reported', 'report', scored, [{ category: 'other', score: 0.4, action: 'report' }]],
    ['is ignored', 'ignore', scored, []],
    ['is judged by its score', { action: 'refuse', above: 0.4 }, scored, []],
    [
      'is judged by its score, above',
      { action: 'refuse', above: 0.3 },
      scored,
      [{ category: 'other', score: 0.4, action: 'refuse' }],
    ],
    ['is not there', 'refuse', { ...calm, flagged: false }, []],
  ] as const)('%s, as `default` says', (_, rule, result, matches) => {
    expect(judge(checkPolicy('policy', { default: rule }), result)).toEqual({ matches, missing: undefined });
  });

  it('and a category that the model has not, by its own word, is not missing', () => {
    const { illicit: _, ...scores } = calm.category_scores;
    const result = { categories: { ...calm.categories, illicit: null }, category_scores: scores };
    expect(judge(checkPolicy('policy'), result)).toEqual({ matches: [], missing: undefined });
  });
});

describe('options that are wrong', () => {
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9' }));
  it.each([
    [
      { policy: { violense: 'refuse' } },
      'Unknown option `options.policy.violense`. Did you mean `violence`?',
    ],
    [{ policy: { 'self-harm/intend': 'refuse' } }, 'Did you mean `self-harm/intent`?'],
    [{ policy: { hate: 'refuze' } }, "Did you mean 'refuse'?"],
    [
      { policy: { hate: { action: 'refuse' } } },
      'Expected `options.policy.hate.above` to be a number from 0 to 1',
    ],
    [{ policy: { hate: { action: 'refuse', above: 2 } } }, 'Expected `options.policy.hate.above`'],
    [{ mode: 'paralel' }, "Did you mean 'parallel'?"],
    [{ onFailure: 'shut' }, "Expected `options.onFailure` to be 'closed' or 'open'"],
    [{ mode: 'after', onFailure: 'closed' }, "`options.onFailure` to be 'open' in mode 'after'"],
    [{ input: { maxCharacters: 0 } }, 'Expected `options.input.maxCharacters` to be a positive integer'],
    [{ input: { maxByte: 1 } }, 'Did you mean `maxBytes`?'],
    [{ input: { check: {} } }, 'Expected `options.input.check` to be a function'],
    [{ moderateOutput: 'no' }, 'Expected `options.moderateOutput` to be true or false'],
    [{ windowCharacters: 10 }, 'Expected `options.windowCharacters` to be an integer from 50 to 2000'],
    [{ windowCharacters: 100, mode: 'after' }, 'Expected `options.windowCharacters` to be left out'],
    [{ timeoutMs: 0 }, 'Expected `options.timeoutMs`'],
    [{ onFinding: 'me' }, 'Expected `options.onFinding` to be a function'],
    [{ model: '' }, 'Expected `options.model` to be a non-empty string'],
    [{ clock: {} }, 'Expected `options.clock.nowMs` to be a function'],
  ])('%j is refused', (options, sentence) => {
    expect(() => guarded(openai, options as never)).toThrow(sentence);
  });

  it('and a client that nobody observes', () => {
    expect(() => guarded(new OpenAI({ apiKey: 'k' }))).toThrow(/observe/);
  });
});
