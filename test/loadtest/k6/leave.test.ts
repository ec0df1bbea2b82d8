import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesAfterMs } from '../../../loadtest/k6/leave.ts';

const leavers = { share: 0.3, fromMs: 40, toMs: 240 };
const moments = (seed: number, count: number) =>
  Array.from({ length: count }, (_, iteration) => leavesAfterMs(leavers, seed, 'json', iteration));

describe('a caller who hangs up', () => {
  it('is three in ten, whatever the seed', () => {
    for (const seed of [0, 1, 7, 2 ** 31 - 1]) {
      const left = moments(seed, 10_000).filter((moment) => moment !== undefined);
      expect(left.length).toBeGreaterThan(2_800);
      expect(left.length).toBeLessThan(3_200);
    }
  });

  it('leaves at a moment of the whole span, and at the same one for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.nat(), (seed, iteration) => {
        const moment = leavesAfterMs(leavers, seed, 'json', iteration);
        expect(leavesAfterMs(leavers, seed, 'json', iteration)).toBe(moment);
        if (moment === undefined) return;
        expect(Number.isInteger(moment)).toBe(true);
        expect(moment).toBeGreaterThanOrEqual(40);
        expect(moment).toBeLessThanOrEqual(240);
      }),
    );
    const left = moments(7, 10_000).flatMap((moment) => moment ?? []);
    expect(Math.min(...left)).toBeLessThan(45);
    expect(Math.max(...left)).toBeGreaterThan(235);
  });

  it('is nobody where nobody is to leave', () => {
    expect(leavesAfterMs(undefined, 7, 'json', 0)).toBeUndefined();
    expect(leavesAfterMs({ ...leavers, share: 0 }, 7, 'json', 0)).toBeUndefined();
  });
});
