import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/attempt/backoff.ts';
import { RetryBudget } from '../../src/attempt/retry-budget.ts';
import { checkRetry, worstCaseWaitMs } from '../../src/attempt/retry-policy.ts';
import { serverWishMs } from '../../src/attempt/server-wish.ts';

const policies = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: 20 }),
    initialDelayMs: fc.integer({ min: 1, max: 10_000 }),
    factor: fc.integer({ min: 1, max: 1_000 }),
    jitter: fc.constantFrom('full' as const, 'none' as const),
  })
  .map(({ factor, ...policy }) => ({ ...policy, maxDelayMs: policy.initialDelayMs * factor }));
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The same sum by doubling step by step. */
function waitsOf({ maxAttempts, initialDelayMs, maxDelayMs }: Record<string, number>): number[] {
  const waits: number[] = [];
  let delay = initialDelayMs ?? 0;
  for (let retry = 1; retry < (maxAttempts ?? 0); retry++) {
    waits.push(delay > (maxDelayMs ?? 0) ? (maxDelayMs ?? 0) : delay);
    delay += delay;
  }
  return waits;
}

describe('the wait before an attempt', () => {
  test('is never below what the server asks for, never above that and the policy together, and sums to the worst case', () => {
    fc.assert(
      fc.property(
        policies,
        fc.array(unit, { minLength: 20, maxLength: 20 }),
        fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
        ({ jitter, ...policy }, randoms, serverMs) => {
          const ceilings = waitsOf(policy);
          let sum = 0;
          for (const [index, ceiling] of ceilings.entries()) {
            const delay = backoffMs({ ...policy, jitter }, index, serverMs, () => randoms[index] ?? 0);
            expect(delay).toBeGreaterThanOrEqual(serverMs ?? 0);
            expect(delay).toBeLessThanOrEqual((serverMs ?? 0) + ceiling);
            if (jitter === 'none') expect(delay).toBeGreaterThanOrEqual(ceiling);
            sum += delay;
          }
          expect(sum).toBeLessThanOrEqual(worstCaseWaitMs(policy, serverMs));
          expect(worstCaseWaitMs(policy)).toBe(ceilings.reduce((a, b) => a + b, 0));
        },
      ),
    );
  });

  test('reaches from nothing to the whole ceiling with full jitter', () => {
    const policy = { initialDelayMs: 100, maxDelayMs: 400, jitter: 'full' } as const;
    expect([0, 0.5, 0.999].map((random) => backoffMs(policy, 1, undefined, () => random))).toEqual([
      0, 100, 199.8,
    ]);
  });
});

describe('the budget of retries', () => {
  test('bounds the retries of any span of time by its calls, its seconds and the burst', () => {
    fc.assert(
      fc.property(
        fc.record({
          ratio: fc.double({ min: 0, max: 2, noNaN: true }),
          minPerSecond: fc.double({ min: 0, max: 20, noNaN: true }),
          burst: fc.integer({ min: 1, max: 50 }),
        }),
        fc.array(
          fc.oneof(
            fc.constant('call' as const),
            fc.constant('retry' as const),
            fc.integer({ min: 0, max: 5_000 }),
          ),
          { maxLength: 200 },
        ),
        (policy, steps) => {
          let nowMs = 1_000;
          const budget = new RetryBudget(policy, { nowMs: () => nowMs });
          // What each step allowed, for the bound over every span of it.
          const log: { made: number; earned: number }[] = [];
          for (const step of steps) {
            if (step === 'call') {
              budget.deposit();
              log.push({ made: 0, earned: policy.ratio });
            } else if (step === 'retry') {
              const balance = budget.balance;
              const made = budget.withdraw();
              expect(made).toBe(balance >= 1);
              log.push({ made: made ? 1 : 0, earned: 0 });
            } else {
              nowMs += step;
              log.push({ made: 0, earned: (step / 1_000) * policy.minPerSecond });
            }
            expect(budget.balance).toBeLessThanOrEqual(policy.burst);
            expect(budget.balance).toBeGreaterThanOrEqual(0);
          }
          for (let from = 0; from < log.length; from++) {
            let made = 0;
            let earned = policy.burst + 1e-6;
            for (const step of log.slice(from)) {
              made += step.made;
              earned += step.earned;
              expect(made).toBeLessThanOrEqual(earned);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what the server asks for', () => {
  const epochMs = Date.parse('2026-03-01T00:00:00Z');
  test.each([
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after-ms': '-5', 'retry-after': '9' }, 9_000],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Sun, 01 Mar 2026 00:00:07 GMT' }, 7_000],
    [{ 'retry-after': 'Sun, 01 Mar 2025 00:00:07 GMT' }, undefined],
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '5 apples' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('of %o is %s ms', (headers, expected) => {
    expect(serverWishMs(new Headers(headers as Record<string, string>), epochMs)).toBe(expected);
  });
});

describe('a policy of nonsense is refused', () => {
  test.each([
    [{ maxAttempts: 0 }, /maxAttempts.*from 1 to 100, got `0`/],
    [{ maxAttempts: Number.NaN }, /maxAttempts.*got `NaN`/],
    [{ maxAttempts: 2.5 }, /maxAttempts.*integer/],
    [{ initialDelayMs: 0 }, /initialDelayMs.*from 1/],
    [{ initialDelayMs: 1_000, maxDelayMs: 500 }, /at least `retry.initialDelayMs`, got 500 < 1000/],
    [{ maxDelayMs: Number.POSITIVE_INFINITY }, /maxDelayMs/],
    [{ jitter: 'some' }, /'full' or 'none'/],
    [{ maxRetryAfterMs: -1 }, /maxRetryAfterMs/],
    [{ budget: { ratio: -1 } }, /retry.budget.ratio/],
    [{ budget: { burst: 0 } }, /retry.budget.burst/],
    [{ budget: 3 }, /retry.budget/],
    [{ maxAtempts: 3 }, /Did you mean `maxAttempts`/],
    [
      { maxAttempts: 5, initialDelayMs: 2_000, maxDelayMs: 60_000 },
      /2000 \+ 4000 \+ 8000 \+ 16000 ms = 30000 ms > 29999 ms/,
    ],
  ])('%o', (options, message) => {
    expect(() => checkRetry('retry', options, 29_999)).toThrow(message);
  });

  test('and the defaults hold together', () => {
    expect(worstCaseWaitMs(checkRetry('retry', {}, 3_500))).toBe(3_500);
    expect(checkRetry('retry', { initialDelayMs: 20_000 }, undefined).maxDelayMs).toBe(20_000);
  });
});
