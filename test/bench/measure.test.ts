import { expect, test } from 'vitest';
import { inTurn, median, pairwise, quantile } from '../../bench/measure.ts';

test('every kind of work is done as often as asked, in turns that begin with another each time', async () => {
  const done: string[] = [];
  const work = (name: string) => ({
    once: () => {
      done.push(name);
    },
    drain: async () => {
      done.push(`${name}!`);
    },
  });
  const results = await inTurn({ a: work('a'), b: work('b') }, { rounds: 1, times: 6, warmUps: 0 });
  expect(done.join('')).toBe('aa!bb!' + 'bbb!aaa!' + 'aa!bb!' + 'bbb!aaa!');
  expect(results).toEqual({ a: [expect.any(Number)], b: [expect.any(Number)] });
});

test('a round counts, a warm-up does not', async () => {
  let calls = 0;
  const once = () => {
    calls += 1;
  };
  const { a } = await inTurn({ a: { once } }, { rounds: 3, times: 2, warmUps: 2 });
  expect(a).toHaveLength(3);
  expect(calls).toBe(10);
});

test('the figures of two kinds of work are taken round by round', () => {
  expect(pairwise([3, 30, 300], [1, 10, 100], (one, other) => one - other)).toEqual([2, 20, 200]);
  expect(median([5, 1, 3])).toBe(3);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3], 0.25)).toBe(1.5);
  expect(median([])).toBeNaN();
});
