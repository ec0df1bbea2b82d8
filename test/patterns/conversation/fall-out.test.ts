import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fallOut } from '../../../src/patterns/conversation/fall-out.ts';

const bound = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 30 }));
const rule = fc.record({
  turns: bound,
  tokens: bound.map((tokens) => tokens * 5),
  leave: fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
});
const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 });

const sum = (list: readonly number[]): number => list.reduce((total, size) => total + size, 0);

it('lets as little as possible fall out so that the rest fits its share, as a plain search says', () => {
  fc.assert(
    fc.property(sizes, rule, (all, keep) => {
      const fits = (from: number, share: number): boolean => {
        const left = all.slice(from);
        const part = (most: number): number => (Number.isFinite(most) ? Math.floor(most * share) : most);
        return left.length <= part(keep.turns) && sum(left) <= part(keep.tokens);
      };
      const isLastThatFits = (from: number): boolean =>
        from === all.length - 1 && (all.at(-1) ?? 0) <= keep.tokens;
      let expected = 0;
      if (!fits(0, 1))
        while (expected < all.length && !fits(expected, keep.leave) && !isLastThatFits(expected))
          expected += 1;
      expect(fallOut(all, keep)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

it('never leaves more than the bounds, and says nothing more of what is left', () => {
  fc.assert(
    fc.property(sizes, rule, (all, keep) => {
      const left = all.slice(fallOut(all, keep));
      expect(left.length).toBeLessThanOrEqual(keep.turns);
      expect(sum(left)).toBeLessThanOrEqual(keep.tokens);
      expect(fallOut(left, keep)).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ['there is room', [5, 5], { turns: 2, tokens: 10, leave: 0.5 }, 0],
  ['there is one turn too many', [5, 5, 5, 5, 5], { turns: 4, tokens: 100, leave: 0.5 }, 3],
  ['as little as possible shall', [5, 5, 5, 5, 5], { turns: 4, tokens: 100, leave: 1 }, 1],
  ['the last turn alone fits', [5, 9], { turns: 9, tokens: 10, leave: 0.5 }, 1],
  ['the last turn alone is too large', [5, 11], { turns: 9, tokens: 10, leave: 0.5 }, 2],
  ['nothing is to stay but the last', [1, 1, 1], { turns: 2, tokens: 100, leave: 0 }, 2],
])('what falls out when %s', (_, all, keep, expected) => {
  expect(fallOut(all, keep)).toBe(expected);
});
