import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admits, ask, gateOf } from './support.ts';

describe('a limit per minute that is held per second', () => {
  test('lets through its share, and the next as soon as it has flowed in', () => {
    const gate = gateOf({
      limits: [{ requests: 600, per: 'minute' }],
      enforcePerSecond: true,
      countRefused: false,
    });
    const first = Array.from({ length: 11 }, () => admits(gate, ask(0)));
    expect(first.filter(Boolean)).toHaveLength(10);
    expect(gate.admit(ask(0)).refusal).toMatchObject({
      rule: { perSecond: true },
      used: 10,
      saidMs: 100,
      waitMs: 100,
    });
    expect([admits(gate, ask(99)), admits(gate, ask(100)), admits(gate, ask(100))]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('lets the even pace of the minute through, also where that is no whole number a second', () => {
    const gate = gateOf({ limits: [{ requests: 500, per: 'minute' }], enforcePerSecond: true });
    for (let n = 0; n < 5_000; n++) expect(admits(gate, ask(n * 120))).toBe(true);
  });

  test('holds at least 1 a second', () => {
    const gate = gateOf({ limits: [{ requests: 3, per: 'minute' }], enforcePerSecond: true });
    expect([0, 999, 2_000].map((nowMs) => admits(gate, ask(nowMs)))).toEqual([true, false, true]);
  });

  test('lets a request that is larger than the share through when a second is free, and then none', () => {
    const gate = gateOf({ limits: [{ tokens: 6_000, per: 'minute' }], enforcePerSecond: true });
    expect(admits(gate, ask(0, 350))).toBe(true);
    expect([2_509, 2_510].map((nowMs) => admits(gate, ask(nowMs, 1)))).toEqual([false, true]);
  });

  test('tells such a request to wait until the second is free', () => {
    const gate = gateOf({ limits: [{ tokens: 500, per: 'minute' }], enforcePerSecond: true });
    gate.admit(ask(0, 1));
    // A share of 8 1/3, of which 7 1/3 are left: 120 ms until it is whole.
    expect(gate.admit(ask(0, 20)).refusal).toMatchObject({ rule: { perSecond: true }, waitMs: 120 });
    const { refusal } = gate.admit(ask(100, 20));
    expect(refusal).toMatchObject({ used: 0, requested: 20, saidMs: 120, waitMs: 20 });
    expect(admits(gate, ask(120, 20))).toBe(true);
  });

  test('of less than 60 lets a larger request through, too', () => {
    const gate = gateOf({ limits: [{ tokens: 30, per: 'minute' }], enforcePerSecond: true });
    expect(admits(gate, ask(0, 5))).toBe(true);
  });

  test('says nothing of it in the headers', () => {
    const gate = gateOf({ limits: [{ requests: 600, per: 'minute' }], enforcePerSecond: true });
    gate.admit(ask(0));
    expect(gate.quotas(ask(0))).toEqual([{ unit: 'requests', limit: 600, remaining: 599, resetMs: 100 }]);
  });
});

test('the headers are of the limit with the least share left, whatever its place', () => {
  const minute = { tokens: 100, per: 'minute' } as const;
  const day = { tokens: 1_000, per: 'day' } as const;
  for (const limits of [
    [minute, day],
    [day, minute],
  ]) {
    const gate = gateOf({ limits });
    for (let n = 0; n < 5; n++) gate.admit(ask(n * 60_000, 100));
    expect(gate.quotas(ask(240_000))).toMatchObject([{ limit: 100, remaining: 0 }]);
    expect(gate.quotas(ask(300_000))).toMatchObject([{ limit: 1_000, remaining: 503 }]);
  }
});

test('the headers tell the window', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9_000), { minLength: 1, maxLength: 30 }), (gaps) => {
      const gate = gateOf({
        limits: [
          { requests: 50, per: 'minute' },
          { requests: 200, per: 'day' },
        ],
      });
      let nowMs = 0;
      for (const gapMs of gaps) {
        nowMs += gapMs;
        gate.admit(ask(nowMs));
      }
      const [told] = gate.quotas(ask(nowMs));
      if (!told) throw new Error('no limit was told');
      const windowMs = told.limit === 50 ? 60_000 : 86_400_000;
      const used = told.limit - told.remaining;
      // `remaining` is cut to a whole request, so it may be short of less than one.
      expect(told.resetMs).toBeLessThanOrEqual((used * windowMs) / told.limit);
      expect(told.resetMs).toBeGreaterThan(((used - 1) * windowMs) / told.limit);
    }),
  );
});

test.each([
  [3_500, 'minute', 1, 17],
  [5_000, 'minute', 1, 12],
  [10_000, 'minute', 519, 3_114],
  [60_000, 'minute', 3_000, 3_000],
  [10_000, 'day', 1, 8_640],
] as const)('headers that OpenAI sent: %i per %s, after %i, reset in %i ms', (tokens, per, used, resetMs) => {
  const gate = gateOf({ limits: [{ tokens, per }] });
  gate.admit(ask(0, used));
  const [told] = gate.quotas(ask(0));
  expect(told).toMatchObject({ limit: tokens, remaining: tokens - used });
  expect(Math.floor(told?.resetMs ?? 0)).toBe(resetMs);
});
