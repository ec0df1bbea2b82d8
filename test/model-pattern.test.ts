import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelMatcher, modelPattern } from '../src/model-pattern.ts';

const letters = fc
  .array(fc.constantFrom('a', 'b', '.', '\n', '-'), { maxLength: 8 })
  .map((list) => list.join(''));
const patterns = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 6 }).map((list) => list.join(''));

test('a star stands for any text, and everything else for itself', () => {
  fc.assert(
    fc.property(patterns, letters, (pattern, model) => {
      const expression = pattern
        .split('*')
        .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*');
      expect(modelPattern(pattern).fits(model)).toBe(new RegExp(`^(?:${expression})$`, 's').test(model));
    }),
    { numRuns: 5_000 },
  );
});

test('any of several names will do, and without names every model', () => {
  const fits = modelMatcher(['gpt-5', 'gpt-4*']);
  expect(['gpt-5', 'gpt-4o', 'gpt-5-mini', undefined].map(fits)).toEqual([true, true, false, false]);
  expect(modelMatcher(undefined)(undefined)).toBe(true);
});

test('a long name of somebody’s own is answered, however many stars there are', () => {
  // A regular expression would try all ways to share the text among the stars.
  const fits = modelMatcher(['a*a*a*a*a*a*a*a*a*b']);
  expect(fits('a'.repeat(100_000))).toBe(false);
});
