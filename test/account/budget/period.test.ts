import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PeriodName, periodNames, periodOf } from '../../../src/account/budget/period.ts';

/** The part of an ISO time that all moments of a period share. */
const sharedLength: Readonly<Record<PeriodName, number>> = { minute: 16, hour: 13, day: 10, month: 7 };

const lastMs = Date.UTC(2400, 0, 1);

test('a period is all moments whose UTC time reads the same down to it, and no other', () => {
  fc.assert(
    fc.property(fc.constantFrom(...periodNames), fc.integer({ min: 0, max: lastMs }), (per, epochMs) => {
      const shared = (ms: number) => new Date(ms).toISOString().slice(0, sharedLength[per]);
      const { startMs, endMs } = periodOf(per, epochMs);
      expect(startMs).toBeLessThanOrEqual(epochMs);
      expect(endMs).toBeGreaterThan(epochMs);
      for (const inside of [startMs, endMs - 1]) expect(shared(inside)).toBe(shared(epochMs));
      for (const outside of [startMs - 1, endMs])
        if (outside >= 0) expect(shared(outside)).not.toBe(shared(epochMs));
      expect(periodOf(per, startMs)).toEqual({ startMs, endMs });
    }),
  );
});

test.each([
  ['2024-02-29T23:59:59.999Z', '2024-02-01', '2024-03-01'],
  ['2023-02-28T23:59:59.999Z', '2023-02-01', '2023-03-01'],
  ['2100-02-28T12:00:00.000Z', '2100-02-01', '2100-03-01'],
  ['2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
  ['2027-01-01T00:00:00.000Z', '2027-01-01', '2027-02-01'],
])('the month of %s', (at, start, end) => {
  expect(periodOf('month', Date.parse(at))).toEqual({
    startMs: Date.parse(`${start}T00:00:00Z`),
    endMs: Date.parse(`${end}T00:00:00Z`),
  });
});
