import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRateLimitHeaders } from '../../../src/admit/learn/rate-limit-headers.ts';
import { createBucket } from '../../../src/mock/bucket.ts';
import { quotaHeaders } from '../../../src/mock/headers.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

const told = (limit: string, remaining: string, reset: string, unit = 'requests'): Headers =>
  new Headers({
    [`x-ratelimit-limit-${unit}`]: limit,
    [`x-ratelimit-remaining-${unit}`]: remaining,
    [`x-ratelimit-reset-${unit}`]: reset,
  });

describe('rate limit headers', () => {
  // Seen on real answers, and in OpenAI's documentation.
  test.each([
    ['3500', '3499', '17ms', 60_000],
    ['5000', '4999', '12ms', 60_000],
    ['10000', '9481', '3.114s', 60_000],
    ['60000', '57000', '3s', 60_000],
    ['10000', '9999', '8.64s', 86_400_000],
    ['150000', '149984', '6m0s', undefined],
    ['200', '199', '59.70', undefined],
    ['500', '500', '0s', undefined],
  ])('of %s, %s left, full in %s', (limit, remaining, reset, windowMs) => {
    const { requests, tokens, projectTokens, malformed } = readRateLimitHeaders(
      told(limit, remaining, reset),
    );
    expect(requests).toMatchObject({ limit: Number(limit), remaining: Number(remaining), windowMs });
    expect([tokens, projectTokens, malformed]).toEqual([undefined, undefined, 0]);
  });

  test('of tokens and of a project', () => {
    expect(readRateLimitHeaders(told('60000', '57000', '3s', 'project-tokens')).projectTokens).toEqual({
      limit: 60_000,
      remaining: 57_000,
      resetMs: 3_000,
      windowMs: 60_000,
    });
    expect(readRateLimitHeaders(told('60000', '57000', '3s', 'tokens')).tokens?.windowMs).toBe(60_000);
  });

  test('of the mock are read', () => {
    const bucket = createBucket(createFakeClock());
    const headers = new Headers();
    for (const [name, value] of Object.entries(quotaHeaders(bucket.take(1_000_000))))
      headers.set(name, String(value));
    const { requests, tokens, malformed } = readRateLimitHeaders(headers);
    expect(requests).toMatchObject({ limit: 30_000, remaining: 29_999, windowMs: 60_000 });
    expect(tokens).toMatchObject({ limit: 150_000_000, remaining: 149_000_000, windowMs: 60_000 });
    expect(malformed).toBe(0);
  });

  test('that are missing are no trouble', () => {
    expect(readRateLimitHeaders(new Headers())).toEqual({
      requests: undefined,
      tokens: undefined,
      projectTokens: undefined,
      malformed: 0,
    });
    expect(readRateLimitHeaders(new Headers({ 'x-ratelimit-limit-tokens': '5' })).tokens).toBeUndefined();
  });

  test.each([
    ['-1', '0', '1s', 1],
    ['0', '0', '1s', 1],
    ['1e3', '10', '1s', 1],
    ['100', '-5', '1s', 1],
    ['100', '101', '1s', 1],
    ['many', 'few', 'soon', 3],
    ['9'.repeat(400), '1', '1s', 1],
  ])('that make no sense are counted: %s, %s, %s', (limit, remaining, reset, malformed) => {
    expect(readRateLimitHeaders(told(limit, remaining, reset))).toMatchObject({
      requests: undefined,
      malformed,
    });
  });

  test('keep what can be read beside a reset that cannot', () => {
    expect(readRateLimitHeaders(told('100', '60', 'soon'))).toMatchObject({
      requests: { limit: 100, remaining: 60, resetMs: undefined, windowMs: undefined },
      malformed: 1,
    });
  });

  test('of any kind never throw, and say nothing that is not so', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.string(),
      fc.integer().map(String),
      fc.constantFrom('1s', '6m0s'),
    );
    fc.assert(
      fc.property(fc.func(value), (get) => {
        const { requests, tokens, projectTokens } = readRateLimitHeaders({
          get: get as (name: string) => string,
        });
        for (const one of [requests, tokens, projectTokens]) {
          if (!one) continue;
          expect(one.limit).toBeGreaterThanOrEqual(1);
          expect(one.remaining).toBeLessThanOrEqual(one.limit);
          expect([undefined, 1_000, 60_000, 3_600_000, 86_400_000]).toContain(one.windowMs);
        }
      }),
    );
    const throwing = {
      get(): string {
        throw new Error('trap');
      },
    };
    expect(readRateLimitHeaders(throwing).malformed).toBe(9);
  });

  test('give the window of any bucket whose reset is exact, and of one that is rounded by up to a twentieth', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1_000, 60_000, 3_600_000, 86_400_000),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0.95, max: 1.05, noNaN: true }),
        (windowMs, limit, share, blur) => {
          const remaining = Math.floor(limit * share);
          const resetMs = (((limit - remaining) * windowMs) / limit) * blur;
          const reset = `${(resetMs / 1_000).toFixed(9)}s`;
          expect(readRateLimitHeaders(told(String(limit), String(remaining), reset)).requests?.windowMs).toBe(
            windowMs,
          );
        },
      ),
    );
  });
});
