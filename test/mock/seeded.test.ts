import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash32, hexadecimal, normal, sequence, uniform } from '../../src/mock/seeded.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Pearson's statistic of how unevenly the draws fall into equal bins; its mean is `bins - 1`. */
function unevenness(draws: readonly number[], bins: number): number {
  const counts = new Array<number>(bins).fill(0);
  for (const draw of draws) counts[Math.floor(draw * bins)] = (counts[Math.floor(draw * bins)] ?? 0) + 1;
  const expected = draws.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

// With 99 degrees of freedom an even source stays below this in all but one of 100,000 cases.
const LIMIT = 165;

describe('a draw', () => {
  test('depends on nothing but its seed and its text', () => {
    fc.assert(
      fc.property(seeds, fc.string(), (seed, text) => {
        expect(hash32(seed, text)).toBe(hash32(seed, text));
        expect(uniform(seed, text)).toBeGreaterThanOrEqual(0);
        expect(uniform(seed, text)).toBeLessThan(1);
      }),
    );
  });

  test.each([
    ['call ids that count up', (n: number) => uniform(1, `fault 0 0 call-${n}`)],
    ['attempts that count up', (n: number) => uniform(1, `fault 0 ${n} call-7`)],
    ['phases that count up', (n: number) => uniform(1, `fault ${n} 0 call-7`)],
    ['seeds that count up', (n: number) => uniform(n, 'fault 0 0 call-7')],
    ['one sequence', sequenceOf(1)],
  ])('is even over %s', (_what, draw) => {
    expect(
      unevenness(
        Array.from({ length: 20_000 }, (_, n) => draw(n)),
        100,
      ),
    ).toBeLessThan(LIMIT);
  });

  test('of one purpose says nothing of another', () => {
    const pairs = Array.from({ length: 20_000 }, (_, n) => {
      const first = Math.floor(uniform(5, `length call-${n}`) * 10);
      const second = Math.floor(uniform(5, `cache call-${n}`) * 10);
      return (first * 10 + second + 0.5) / 100;
    });
    expect(unevenness(pairs, 100)).toBeLessThan(LIMIT);
  });

  test('of one attempt says nothing of the next', () => {
    const pairs = Array.from({ length: 20_000 }, (_, n) => {
      const first = Math.floor(uniform(5, `fault 1 0 call-${n}`) * 10);
      const second = Math.floor(uniform(5, `fault 1 1 call-${n}`) * 10);
      return (first * 10 + second + 0.5) / 100;
    });
    expect(unevenness(pairs, 100)).toBeLessThan(LIMIT);
  });
});

function sequenceOf(seed: number): () => number {
  return sequence(seed, 'any');
}

test('identifiers do not repeat', () => {
  const ids = new Set(Array.from({ length: 20_000 }, (_, n) => hexadecimal(1, `request ${n}`, 32)));
  expect(ids.size).toBe(20_000);
  expect([...ids].every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});

test('normal draws have mean 0 and deviation 1', () => {
  const draw = sequence(3, 'normal');
  const draws = Array.from({ length: 20_000 }, () => normal(draw));
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
});
