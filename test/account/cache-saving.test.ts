import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cacheSavedUsdOf } from '../../src/account/cache-saving.ts';
import { costUsdOf } from '../../src/account/cost.ts';
import { FiguresTally } from '../../src/account/figures.ts';
import type { CallPrice } from '../../src/account/prices.ts';
import type { Call, CallRequest, Usage } from '../../src/call.ts';

const price = { inputUsd: 1, cachedInputUsd: 0.1, outputUsd: 8 } as CallPrice;

function saved(usage: Omit<Usage, 'source'>, of: CallPrice | undefined = price): number | undefined {
  const known: Usage = { source: 'provider', ...usage };
  return cacheSavedUsdOf(known, costUsdOf(known, of), of, undefined);
}

test('reading from the cache saves the difference of the prices', () => {
  expect(saved({ inputTokens: 2_000_000, cachedInputTokens: 1_000_000, outputTokens: 10 })).toBeCloseTo(0.9);
});

test('writing into it may cost more than was saved', () => {
  const writing = { ...price, cacheWriteInputUsd: 1.25 } as CallPrice;
  const usage = { inputTokens: 1_000_000, cacheWriteInputTokens: 1_000_000, outputTokens: 0 };
  expect(saved(usage, writing)).toBeCloseTo(-0.25);
});

test('nothing is said where the cache was not used, or there is no price', () => {
  expect(saved({ inputTokens: 100, outputTokens: 1 })).toBeUndefined();
  expect(saved({ inputTokens: 100, cachedInputTokens: 0, outputTokens: 1 })).toBeUndefined();
  const usage: Usage = { source: 'provider', inputTokens: 100, cachedInputTokens: 50, outputTokens: 1 };
  expect(cacheSavedUsdOf(usage, undefined, undefined, undefined)).toBeUndefined();
});

test('what was saved and what was paid are together what it would have cost', () => {
  const input = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(input, fc.double({ min: 0, max: 1, noNaN: true }), (inputTokens, part) => {
      const cachedInputTokens = Math.floor(inputTokens * part);
      const usage: Usage = { source: 'provider', inputTokens, cachedInputTokens, outputTokens: 5 };
      const cost = costUsdOf(usage, price) ?? Number.NaN;
      const without = costUsdOf({ ...usage, cachedInputTokens: 0 }, price) ?? Number.NaN;
      expect(cost + (cacheSavedUsdOf(usage, cost, price, undefined) ?? 0)).toBeCloseTo(without, 12);
    }),
  );
});

test('the statistics add up what was saved, and know the rate of hits', () => {
  const tally = new FiguresTally(2);
  const ended = (usage: Omit<Usage, 'source'>, cacheSavedUsd?: number): void => {
    tally.started();
    const call: Call = {
      request: {} as CallRequest,
      startedMs: 0,
      endedMs: 1,
      response: {},
      usage: { source: 'provider', ...usage },
      costUsd: 1,
      attempts: 1,
      backoffMs: 0,
      chunks: 0,
      outcome: 'ok',
      ...(cacheSavedUsd !== undefined && { cacheSavedUsd }),
    };
    tally.spent(call);
  };
  expect(tally.summary().cacheHitRate).toBeUndefined();
  ended({ inputTokens: 300, cachedInputTokens: 100 }, 0.5);
  ended({ inputTokens: 100, cachedInputTokens: 0 });
  // Of this one nobody says how much of it came from the cache.
  ended({ inputTokens: 5_000 });
  ended({ inputTokens: 100, cachedInputTokens: 100 }, -0.125);
  expect(tally.summary()).toMatchObject({ cacheHitRate: 0.4, cost: { cacheSavedUsd: 0.375 } });
});
