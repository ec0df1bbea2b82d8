import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeLimits,
  type LedgerEntry,
  type MockLimit,
  type RateLimitRecord,
} from '../../../src/mock/index.ts';
import { createGate } from '../../../src/mock/limits/gate.ts';
import { type LimitOptions, noLimits } from '../../../src/mock/limits/limit.ts';
import { worstWindowOf } from '../../../src/mock/limits/worst-window.ts';

/** An entry as far as the judge reads it. */
function entry(rateLimit: Partial<RateLimitRecord> | undefined, model = 'gpt-5'): LedgerEntry {
  const whole = { atMs: 0, key: 0, outcome: 'admitted', requests: 1, tokens: 0, ...rateLimit };
  return { model, ...(rateLimit ? { rateLimit: whole } : {}) } as LedgerEntry;
}

const refusedBy = { limit: 0, perSecond: false, used: 5, requested: 1, tooLarge: false };

describe('the judge', () => {
  test('adds up what was admitted, by what was charged and by what was used', () => {
    const limits: MockLimit[] = [{ tokens: 100, per: 'minute' }];
    const ledger = [
      entry({ atMs: 0, tokens: 60, actualTokens: 90 }),
      entry({ atMs: 59_999, tokens: 40, actualTokens: 20 }),
      entry({ atMs: 60_000, tokens: 60 }),
      entry({ atMs: 90_000, outcome: 'refused', tokens: 0, refusedBy }),
      entry({ atMs: 120_000, outcome: 'counted' }),
    ];
    expect(judgeLimits(ledger, limits)).toEqual({
      avoidable429s: 1,
      tooLarge: 0,
      limits: [
        {
          limit: limits[0],
          perSecond: false,
          admittedRequests: 3,
          admittedTokens: 170,
          refused: 1,
          // A full bucket of 100, and two minutes of 100.
          charged: { amount: 160, worstWindow: { amount: 100, over: 0, fromMs: 0 }, utilisation: 160 / 300 },
          actual: { amount: 170, worstWindow: { amount: 110, over: 10, fromMs: 0 }, utilisation: 170 / 300 },
        },
      ],
    });
  });

  test('judges each limit over the requests that it is for', () => {
    const limits: MockLimit[] = [
      { requests: 1, per: 'minute', models: ['gpt-5*'] },
      { requests: 2, per: 'minute', models: ['o3'] },
    ];
    const ledger = [entry({}), entry({}, 'o3'), entry({}, 'gpt-5-mini'), entry({}, 'gpt-4o')];
    const verdict = judgeLimits(ledger, limits);
    expect(verdict.limits.map(({ admittedRequests }) => admittedRequests)).toEqual([2, 1]);
    expect(verdict.limits.map(({ actual }) => actual.worstWindow.over)).toEqual([1, 0]);
    expect(verdict.limits.map(({ actual }) => actual.utilisation)).toEqual([2, 0.5]);
  });

  test('judges keys apart where they were held apart', () => {
    const limits: MockLimit[] = [{ requests: 2, per: 'second' }];
    const ledger = [0, 1, 0, 1, 1].map((key, index) => entry({ key, atMs: index }));
    const [only] = judgeLimits(ledger, limits, { law: 'window' }).limits;
    expect(only?.actual).toEqual({
      amount: 5,
      worstWindow: { amount: 3, over: 1, fromMs: 1 },
      utilisation: 5 / 4,
    });
  });

  test('judges the share per second by itself', () => {
    const limits: MockLimit[] = [{ requests: 120, per: 'minute' }];
    const ledger = [0, 0, 999, 1_000, 2_000].map((atMs) => entry({ atMs }));
    ledger.push(entry({ atMs: 2_000, outcome: 'refused', refusedBy: { ...refusedBy, perSecond: true } }));
    const [minute, second] = judgeLimits(ledger, limits, { enforcePerSecond: true }).limits;
    expect(minute).toMatchObject({
      perSecond: false,
      refused: 0,
      charged: { worstWindow: { amount: 5, over: 0 } },
    });
    expect(second).toMatchObject({
      perSecond: true,
      refused: 1,
      charged: { worstWindow: { amount: 3, over: 1 } },
    });
    expect(second?.charged.utilisation).toBeCloseTo(5 / 6);
  });

  test('judges in order of time, which is not that of arrival where a body came slowly', () => {
    const ledger = [entry({ atMs: 1_500 }), entry({ atMs: 0 }), entry({ atMs: 1_000 })];
    const [only] = judgeLimits(ledger, [{ requests: 4, per: 'second' }]).limits;
    expect(only?.actual).toMatchObject({ worstWindow: { amount: 2, fromMs: 1_000 }, utilisation: 3 / 10 });
  });

  test('counts apart the requests that no wait would have helped', () => {
    const tooLarge = entry({ outcome: 'refused', refusedBy: { ...refusedBy, tooLarge: true } });
    expect(judgeLimits([tooLarge], [{ tokens: 5, per: 'day' }])).toMatchObject({
      avoidable429s: 1,
      tooLarge: 1,
    });
  });

  test('has nothing to say of an empty ledger', () => {
    const [only] = judgeLimits([], [{ tokens: 5, per: 'day' }]).limits;
    const none = { amount: 0, worstWindow: { amount: 0, over: 0, fromMs: null }, utilisation: 0 };
    expect(only).toMatchObject({ admittedRequests: 0, refused: 0, charged: none, actual: none });
  });

  test('changes nothing in the ledger', () => {
    const ledger = Object.freeze(
      [entry({ atMs: 2 }), entry({ atMs: 1 })].map(Object.freeze),
    ) as LedgerEntry[];
    expect(judgeLimits(ledger, [{ requests: 5, per: 'day' }]).avoidable429s).toBe(0);
  });

  const limits: MockLimit[] = [{ requests: 5, per: 'minute' }];
  test.each([
    ['no limits', [], [], {}, 'Expected `limits` to be a non-empty array'],
    ['a wrong limit', [], [{ requests: -3, per: 'minute' }], {}, '`limits[0].requests`'],
    ['a wrong law', [], limits, { law: 'x' }, "Expected `law` to be 'bucket' or 'window'"],
    ['an unknown option', [], limits, { perKey: true }, 'Unknown option `how.perKey`'],
    [
      'the ledger of a mock without limits',
      [entry(undefined)],
      limits,
      {},
      'Expected `ledger` to be of a mock with',
    ],
    [
      'the ledger of a mock with other limits',
      [entry({ outcome: 'refused', refusedBy: { ...refusedBy, limit: 1 } })],
      limits,
      {},
      'Expected `ledger` to be of a mock with these `limits`',
    ],
  ])('refuses %s', (_what, ledger, wrong, how, message) => {
    expect(() => judgeLimits(ledger, wrong as MockLimit[], how as object)).toThrow(message);
  });
});

const uses = fc.array(fc.tuple(fc.nat(300), fc.nat(20)), { maxLength: 40 }).map((gaps) => {
  let atMs = 0;
  return gaps.map(([gapUs, amount]) => {
    atMs += gapUs / 1_000;
    return { atMs: Math.round(atMs * 1_000) / 1_000, amount };
  });
});

test('the worst window is the worst of those that begin with a use', () => {
  fc.assert(
    fc.property(uses, fc.integer({ min: 1, max: 9 }), fc.nat(60), (all, windowMs, limit) => {
      const us = (atMs: number) => Math.round(atMs * 1_000);
      const sums = all.map((from) =>
        all
          .filter(({ atMs }) => us(atMs) >= us(from.atMs) && us(atMs) < us(from.atMs) + windowMs * 1_000)
          .reduce((sum, { amount }) => sum + amount, 0),
      );
      const worst = worstWindowOf(all, windowMs, limit);
      expect(worst.amount).toBe(Math.max(0, ...sums));
      expect(worst.over).toBe(Math.max(0, worst.amount - limit));
      if (worst.fromMs !== null)
        expect(sums[all.findIndex(({ atMs }) => atMs === worst.fromMs)]).toBe(worst.amount);
    }),
  );
});

test.each(['bucket', 'window'] as const)('a greedy caller uses all that the law %s allows', (law) => {
  const limits: MockLimit[] = [{ requests: 60, per: 'minute' }];
  const options: LimitOptions = { limits, law, countRefused: false };
  const gate = createGate({ ...noLimits, ...options });
  const ledger = Array.from({ length: 2_990 }, (_, n) => {
    const atMs = n * 100;
    const asked = { nowUs: atMs * 1_000, key: 'a', model: 'gpt-5', tokens: 1 };
    return gate.admit(asked).refusal ? entry({ atMs, outcome: 'refused', refusedBy }) : entry({ atMs });
  });
  const verdict = judgeLimits(ledger, limits, { law });
  // 60 at first and one a second after, or 60 every minute, for a second less than five minutes.
  const admitted = law === 'bucket' ? 60 + 298 : 5 * 60;
  const [only] = verdict.limits;
  expect(only?.admittedRequests).toBe(admitted);
  expect(only?.actual.utilisation).toBeCloseTo(1, 2);
  expect(verdict.avoidable429s).toBe(2_990 - admitted);
  expect(only?.actual.worstWindow.over).toBe(law === 'window' ? 0 : 59);
});
