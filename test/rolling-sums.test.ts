import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RollingSums } from '../src/rolling-sums.ts';

const steps = fc.array(
  fc.record({
    byMs: fc.integer({ min: -20, max: 260 }),
    what: fc.oneof(fc.record({ field: fc.nat(2), amount: fc.nat(100) }), fc.record({ cleared: fc.nat(2) })),
  }),
  { maxLength: 80 },
);

test('the sums are those of all that was added in the last parts, whatever the clock’s zero is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.integer({ min: 1, max: 12 }),
      steps,
      (startMs, parts, all) => {
        const windowMs = parts * 20;
        const sums = new RollingSums(windowMs, 3, parts);
        let added: { field: number; amount: number; part: number }[] = [];
        let nowMs = startMs;
        let newest = Number.NEGATIVE_INFINITY;
        for (const { byMs, what } of all) {
          nowMs += byMs;
          if ('cleared' in what) {
            sums.clear(what.cleared);
            added = added.filter(({ field }) => field !== what.cleared);
          } else {
            newest = Math.max(newest, Math.floor(nowMs / 20));
            sums.add(what.field, what.amount, nowMs);
            added.push({ ...what, part: newest });
          }
          newest = Math.max(newest, Math.floor(nowMs / 20));
          const expected = [0, 1, 2].map((field) =>
            added
              .filter((one) => one.field === field && one.part > newest - parts)
              .reduce((sum, { amount }) => sum + amount, 0),
          );
          expect([...sums.at(nowMs)]).toEqual(expected);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
