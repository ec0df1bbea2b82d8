import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFallback, type FallbackOptions } from '../../../src/attempt/fallback/fallback-options.ts';
import { type Asked, fallbackReason, nextFallback } from '../../../src/attempt/fallback/next-fallback.ts';
import { modelPattern } from '../../../src/model-pattern.ts';

const own = { name: 'own' };
const other = { name: 'other' };
const noClient = { name: 'none' };

function rulesOf(given: unknown) {
  return checkFallback('options.fallback', given, own, (value) => value !== noClient);
}

function next(given: FallbackOptions, errorType: string, ...models: [string, ...string[]]) {
  const [first, ...rest] = models.map((model): Asked => ({ client: undefined, model }));
  if (!first) throw new Error('nobody was asked');
  return nextFallback(rulesOf(given), { errorType, tried: [first, ...rest] });
}

describe('the next to ask', () => {
  test('is the first in the list who was not asked', () => {
    const fallback = { 'gpt-5': ['gpt-5-mini', { client: other, model: 'gpt-5-eu' }] };
    expect(next(fallback, 'server_error', 'gpt-5')).toEqual({
      client: undefined,
      model: 'gpt-5-mini',
      reason: 'ill',
    });
    expect(next(fallback, 'rate_limit_exceeded', 'gpt-5', 'gpt-5-mini')).toEqual({
      client: other,
      model: 'gpt-5-eu',
      reason: 'throttled',
    });
    const tried: [Asked, ...Asked[]] = [
      { client: undefined, model: 'gpt-5' },
      { client: undefined, model: 'gpt-5-mini' },
      { client: other, model: 'gpt-5-eu' },
    ];
    expect(nextFallback(rulesOf(fallback), { errorType: 'timeout', tried })).toBeUndefined();
  });

  test('is asked for the same model where no other is named', () => {
    expect(next({ '*': [{ client: other }] }, 'breaker_open', 'o3')).toMatchObject({
      client: other,
      model: 'o3',
    });
  });

  test('is never the one who was asked already', () => {
    expect(next({ '*': ['gpt-5-mini', 'gpt-5'] }, 'timeout', 'gpt-5-mini')).toMatchObject({ model: 'gpt-5' });
    expect(next({ '*': ['gpt-5-mini'] }, 'timeout', 'gpt-5-mini')).toBeUndefined();
  });

  test('does not follow the lists of the models in a list', () => {
    const both = { a: ['b'], b: ['a', 'c'] };
    expect(next(both, 'timeout', 'a', 'b')).toBeUndefined();
    expect(next(both, 'timeout', 'b', 'a')).toMatchObject({ model: 'c' });
  });

  test('is of the closest list, whatever comes first', () => {
    const lists = { '*': ['any'], 'gpt-5*': ['family'], 'gpt-5': ['exact'], 'gpt-5-*': ['member'] };
    expect(next(lists, 'timeout', 'gpt-5')).toMatchObject({ model: 'exact' });
    expect(next(lists, 'timeout', 'gpt-5-mini')).toMatchObject({ model: 'member' });
    expect(next(lists, 'timeout', 'gpt-5.1')).toMatchObject({ model: 'family' });
    expect(next(lists, 'timeout', 'o3')).toMatchObject({ model: 'any' });
    expect(next({ 'gpt-5': ['o3'] }, 'timeout', 'gpt-4')).toBeUndefined();
  });

  test('is nobody once the deadline is over', () => {
    const rules = rulesOf({ a: ['b'] });
    const tried: [Asked] = [{ client: undefined, model: 'a' }];
    expect(nextFallback(rules, { errorType: 'timeout', tried, leftMs: 1 })).toBeDefined();
    expect(nextFallback(rules, { errorType: 'timeout', tried, leftMs: 0 })).toBeUndefined();
  });

  test.each([
    ['server_error', 'ill'],
    ['overloaded', 'ill'],
    ['timeout', 'ill'],
    ['connection_error', 'ill'],
    ['breaker_open', 'ill'],
    ['rate_limit_exceeded', 'throttled'],
    ['insufficient_quota', 'throttled'],
    ['queue_full', 'throttled'],
    ['wait_too_long', 'throttled'],
    ['deadline_exceeded', 'throttled'],
    ['oversize', 'throttled'],
    ['budget_exceeded', 'over_budget'],
    ['invalid_request', undefined],
    ['authentication', undefined],
    ['permission_denied', undefined],
    ['not_found', undefined],
    ['conflict', undefined],
    ['cancelled', undefined],
    ['limiter_closed', undefined],
    ['flushed', undefined],
    ['malformed_response', undefined],
    ['_OTHER', undefined],
    ['constructor', undefined],
  ])('after %s: %s', (errorType, reason) => {
    expect(fallbackReason(errorType)).toBe(reason);
  });

  test('comes to an end: nobody is asked twice, and only those in one list are', () => {
    const model = fc.constantFrom('a', 'ab', 'b', 'ba', 'c');
    const pattern = fc.constantFrom('a', 'a*', '*a', '*', 'b', '*b*');
    const target = fc.oneof(
      model,
      model.map((name) => ({ client: other, model: name })),
      fc.constant({ client: other }),
    );
    const list = fc.array(target, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.dictionary(pattern, list), model, (given, wanted) => {
        let rules: ReturnType<typeof rulesOf>;
        try {
          rules = rulesOf(given);
        } catch {
          return;
        }
        const tried: [Asked, ...Asked[]] = [{ client: undefined, model: wanted }];
        for (let step = 0; step < 10; step++) {
          const found = nextFallback(rules, { errorType: 'timeout', tried });
          if (!found) break;
          tried.push({ client: found.client, model: found.model });
        }
        expect(tried.length).toBeLessThanOrEqual(7);
        expect(new Set(tried.map((one) => JSON.stringify(one))).size).toBe(tried.length);
        const asked = tried.slice(1).map(({ client, model: name }) => [client === other, name]);
        const lists = Object.values(given).map((targets) =>
          targets.map((one) =>
            typeof one === 'string' ? [false, one] : [true, 'model' in one ? one.model : wanted],
          ),
        );
        const isInOne = lists.some((one) =>
          asked.every((who) => one.some((target) => String(target) === String(who))),
        );
        expect(asked.length === 0 || isInOne).toBe(true);
      }),
    );
  });
});

test('a pattern fits what a regular expression would', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, model) => {
      const source = pattern
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('.*');
      expect(modelPattern(pattern).fits(model)).toBe(new RegExp(`^${source}$`).test(model));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  [
    ['gpt-5'],
    'Expected `options.fallback` to be an object with a list for each model, got `an array of 1` (array)',
  ],
  ['gpt-5', 'Expected `options.fallback` to be an object with a list for each model, got `"gpt-5"` (string)'],
  [
    { '': ['a'] },
    'Expected `options.fallback[""]` to be absent, because no model has no name, got `an array of 1` (array)',
  ],
  [
    { a: 'b' },
    'Expected `options.fallback["a"]` to be a list of at least one model or client, got `"b"` (string)',
  ],
  [
    { a: [] },
    'Expected `options.fallback["a"]` to be a list of at least one model or client, got `an array of 0` (array)',
  ],
  [
    { a: [5] },
    'Expected `options.fallback["a"][0]` to be the name of a model, or `{ client, model }`, got `5` (number)',
  ],
  [{ a: [''] }, 'Expected `options.fallback["a"][0]` to be a non-empty string, got `""` (string)'],
  [
    { a: ['b*'] },
    'Expected `options.fallback["a"][0]` to be the name of one model, without `*`, got `"b*"` (string)',
  ],
  [
    { a: ['a'] },
    'Expected `options.fallback["a"][0]` to be another model or client than what it stands in for, got `"a"` (string)',
  ],
  [
    { a: [{ client: own }] },
    'Expected `options.fallback["a"][0]` to be another model or client than what it stands in for',
  ],
  [{ a: [{ client: own, model: 'a' }] }, 'Expected `options.fallback["a"][0]` to be another model or client'],
  [
    { a: ['b', 'c', 'b'] },
    'Expected `options.fallback["a"][2]` to be another target than `options.fallback["a"][0]`',
  ],
  [
    { a: [{ client: noClient }] },
    'Expected `options.fallback["a"][0].client` to be an OpenAI client of the same major version, got `{ name }` (object)',
  ],
  [
    { a: [{ model: 'b' }] },
    'Expected `options.fallback["a"][0].client` to be an OpenAI client of the same major version, got `undefined` (undefined)',
  ],
  [
    { a: [{ client: other, modell: 'b' }] },
    'Unknown option `options.fallback["a"][0].modell`. Did you mean `model`?',
  ],
])('refuses %j', (given, message) => {
  expect(() => rulesOf(given)).toThrow(message);
});
