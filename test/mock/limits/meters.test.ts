import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBucketMeter } from '../../../src/mock/limits/bucket-meter.ts';
import type { MockLimit } from '../../../src/mock/limits/limit.ts';
import type { Receipt } from '../../../src/mock/limits/meter.ts';
import { rulesOf } from '../../../src/mock/limits/rule.ts';
import { createWindowMeter } from '../../../src/mock/limits/window-meter.ts';
import { referenceBucket, referenceWindow } from './reference.ts';

const laws = [
  { law: 'bucket', createMeter: createBucketMeter, createReference: referenceBucket },
  { law: 'window', createMeter: createWindowMeter, createReference: referenceWindow },
] as const;

/** Small limits meet their bounds often; the large one is larger, in the bucket's units, than a double is exact. */
const limits = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      tokens: fc.integer({ min: 1, max: 200 }),
      perMs: fc.constantFrom(7, 1_000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ tokens: 150_000_001, perMs: 86_400_000 }) },
);

/** The limit itself, or its share per second. */
const rules = fc.tuple(limits, fc.boolean()).map(([limit, share]) => {
  const all = rulesOf({ limits: [limit as MockLimit], enforcePerSecond: share });
  return all.at(-1) ?? all[0];
});

const steps = fc.array(
  fc.record({
    /** Mostly times that fall together or on the window's edge. */
    afterUs: fc.oneof(
      fc.constantFrom(0, 1, 6_999, 7_000, 1_000_000, 59_999_999, 60_000_000),
      fc.nat(3_000_000),
    ),
    what: fc.constantFrom('take', 'take', 'take', 'count', 'settle'),
    amount: fc.nat(220),
    nth: fc.nat(30),
  }),
  { maxLength: 40 },
);

describe.each(laws)('the law $law', ({ createMeter, createReference }) => {
  test('decides, waits and remembers as its plain reference does', () => {
    fc.assert(
      fc.property(rules, steps, (rule, plan) => {
        if (!rule) return;
        const meter = createMeter(rule);
        const reference = createReference(rule);
        const receipts: Receipt[] = [];
        let nowUs = 0;
        for (const { afterUs, what, amount, nth } of plan) {
          nowUs += afterUs;
          if (what === 'count') {
            meter.count(nowUs);
            reference.count(nowUs);
          } else if (what === 'settle') {
            const receipt = receipts[nth];
            if (!receipt) continue;
            meter.settle(nowUs, receipt, amount);
            reference.settle(nowUs, nth, amount);
          } else {
            const asked = rule.perSecond ? amount : Math.min(amount, rule.amount);
            const waitUs = meter.waitUs(nowUs, asked);
            expect(waitUs).toBe(reference.waitUs(nowUs, asked));
            if (waitUs > 0) continue;
            receipts.push(meter.take(nowUs, asked));
            reference.take(nowUs, asked);
          }
          expect(meter.state(nowUs).remaining).toBe(reference.remaining(nowUs));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is all free again after the time that it names, and not a microsecond before', () => {
    fc.assert(
      fc.property(rules, fc.array(fc.nat(50), { minLength: 1, maxLength: 9 }), (rule, amounts) => {
        if (!rule) return;
        const meter = createMeter(rule);
        const full = meter.state(0).remaining;
        let nowUs = 0;
        for (const amount of amounts) {
          nowUs += amount * 997;
          if (meter.waitUs(nowUs, 1 + amount) === 0) meter.take(nowUs, 1 + amount);
        }
        const { resetUs } = meter.state(nowUs);
        if (resetUs > 0) expect(meter.state(nowUs + resetUs - 1).resetUs).toBe(1);
        expect(meter.state(nowUs + resetUs)).toEqual({ remaining: full, resetUs: 0 });
      }),
    );
  });
});

test('a window never holds more than its limit, wherever it begins', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.nat(400), fc.nat(9))),
      (tokens, plan) => {
        const [rule] = rulesOf({ limits: [{ tokens, perMs: 1 }], enforcePerSecond: false });
        if (!rule) return;
        const meter = createWindowMeter(rule);
        const taken: { atUs: number; amount: number }[] = [];
        let nowUs = 0;
        for (const [afterUs, amount] of plan) {
          nowUs += afterUs;
          if (amount > tokens || meter.waitUs(nowUs, amount) > 0) continue;
          meter.take(nowUs, amount);
          taken.push({ atUs: nowUs, amount });
        }
        for (const { atUs: from } of taken) {
          const within = taken.filter(({ atUs }) => atUs >= from && atUs < from + 1_000);
          expect(within.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(tokens);
        }
      },
    ),
  );
});

test('a window stays exact when its log lets go of what is older', () => {
  const [rule] = rulesOf({ limits: [{ tokens: 10, perMs: 1 }], enforcePerSecond: false });
  expect(rule).toBeDefined();
  if (!rule) return;
  const meter = createWindowMeter(rule);
  // Far more than the log keeps before it lets go of old entries, and each answer is exact.
  for (let at = 0; at < 10_000; at++) {
    expect(meter.waitUs(at * 100, 1)).toBe(0);
    meter.take(at * 100, 1);
    expect(meter.state(at * 100).remaining).toBe(Math.max(0, 9 - at));
  }
});
