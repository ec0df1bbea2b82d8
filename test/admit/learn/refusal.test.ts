import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { readRefusal, refusalKinds } from '../../../src/admit/learn/refusal.ts';
import { limitOf, rateLimitBody } from '../../../src/mock/chaos/overload-bodies.ts';
import { serverErrorBody } from '../../../src/mock/error-bodies.ts';

const text = (dimension: string, limit: number, used: number, requested: number, again: string): string =>
  `Rate limit reached for gpt-4 in organization org-abc on ${dimension}: Limit ${limit}, Used ${used}, ` +
  `Requested ${requested}. Please try again in ${again}. Visit https://platform.openai.com/account/rate-limits to learn more.`;

const limited = (message: string, type = 'tokens') => ({
  error: { message, type, code: 'rate_limit_exceeded' },
});

describe('a refusal', () => {
  test.each([
    ['644ms', 644],
    ['9.816s', 9_816],
    ['634ms', 634],
    ['18.642s', 18_642],
    ['6m0s', 360_000],
  ])('asks to come again in %s', (again, retryMs) => {
    expect(readRefusal(429, limited(text('tokens per min (TPM)', 10_000, 8_000, 3_000, again)))).toEqual({
      kind: 'rate_limit',
      dimension: 'TPM',
      unit: 'tokens',
      windowMs: 60_000,
      limit: 10_000,
      used: 8_000,
      requested: 3_000,
      retryMs,
    });
  });

  test.each([
    ['requests per min (RPM)', 'RPM', 'requests', 60_000],
    ['tokens per min (TPM)', 'TPM', 'tokens', 60_000],
    ['requests per day (RPD)', 'RPD', 'requests', 86_400_000],
    ['tokens per day (TPD)', 'TPD', 'tokens', 86_400_000],
    ['requests per min', 'RPM', 'requests', 60_000],
    ['tokens_usage_based per min', undefined, undefined, undefined],
  ])('names its limit: %s', (name, dimension, unit, windowMs) => {
    expect(readRefusal(429, limited(text(name, 3, 3, 1, '20s')))).toMatchObject({
      dimension,
      unit,
      windowMs,
      limit: 3,
    });
  });

  test('in the older words is read too', () => {
    const message =
      'Rate limit reached for default-gpt-3.5-turbo in organization org-abc on requests per min. Limit: 3 / min. Please try again in 20s.';
    expect(readRefusal(429, limited(message))).toMatchObject({ dimension: 'RPM', limit: 3, retryMs: 20_000 });
  });

  test('of the mock is read, and so is what the client makes of it', () => {
    const body = JSON.parse(rateLimitBody('gpt-5', limitOf({ status: 429, rate: 1 }, undefined), 1_500)) as {
      error: object;
    };
    const expected = {
      kind: 'rate_limit',
      dimension: 'RPM',
      limit: 30_000,
      used: 30_000,
      requested: 1,
      retryMs: 1_500,
    };
    expect(readRefusal(429, body)).toMatchObject(expected);
    expect(readRefusal(429, body.error)).toMatchObject(expected);
    const thrown = OpenAI.APIError.generate(429, body, undefined, new Headers());
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(readRefusal(429, thrown)).toMatchObject(expected);
  });

  test('that can never succeed says so', () => {
    const message =
      'Request too large for gpt-4o in organization org-abc on tokens per min (TPM): Limit 30000, Requested 31538. The input or output tokens must be reduced in order to run successfully.';
    expect(readRefusal(429, limited(message))).toMatchObject({
      kind: 'oversize',
      dimension: 'TPM',
      limit: 30_000,
      requested: 31_538,
      used: undefined,
      retryMs: undefined,
    });
  });

  test.each([
    [429, { type: 'insufficient_quota', code: 'insufficient_quota' }, 'insufficient_quota'],
    [429, { type: 'insufficient_quota', code: 'credit_balance_exhausted' }, 'insufficient_quota'],
    [429, { type: null, code: 'project_spend_limit_exceeded' }, 'insufficient_quota'],
    [429, { type: 'rate_limit_error', code: 'slow_down' }, 'slow_down'],
    [503, { type: 'server_error', code: 'slow_down' }, 'slow_down'],
    [503, { code: 'server_is_overloaded' }, 'overloaded'],
    [503, undefined, 'overloaded'],
    [429, undefined, 'rate_limit'],
    [429, 'not even an object', 'rate_limit'],
  ])('%i with %j is %s', (status, error, kind) => {
    expect(readRefusal(status, error)).toMatchObject({ kind, limit: undefined, retryMs: undefined });
  });

  test('of the mock for overload is one', () => {
    expect(readRefusal(503, JSON.parse(serverErrorBody(503)))?.kind).toBe('overloaded');
  });

  test.each([200, 400, 401, 500, 502, Number.NaN])('is none with %d', (status) => {
    expect(readRefusal(status, limited(text('tokens per min', 1, 1, 1, '1s')))).toBeUndefined();
  });

  test.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
    [{ 'retry-after': '56' }, 56_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Thu, 01 Jan 2025 00:00:00 GMT' }, 644],
    [{ 'retry-after': '-5', 'retry-after-ms': '-7' }, 644],
    [{ 'retry-after': 'soon' }, 644],
    [{}, 644],
  ])('with %j asks to wait %i ms', (headers, retryMs) => {
    const epochMs = Date.parse('2026-01-01T00:00:00Z');
    const error = limited(text('tokens per min (TPM)', 10_000, 8_000, 3_000, '644ms'));
    expect(readRefusal(429, error, new Headers(headers), epochMs)?.retryMs).toBe(retryMs);
  });

  test('of any kind never throws', () => {
    const message = fc.oneof(
      fc.string(),
      fc.string({
        unit: fc.constantFrom('try again in ', 'Limit ', 'Used ', '1', '.', 's', 'on tokens per min', '-'),
      }),
    );
    const error = fc.oneof(
      fc.anything(),
      fc.record({ error: fc.record({ message, type: fc.anything(), code: fc.anything() }) }),
    );
    const headers = fc.func(fc.anything()).map((get) => ({ get: get as (name: string) => string }));
    fc.assert(
      fc.property(fc.constantFrom(429, 503), error, headers, (status, given, got) => {
        const refusal = readRefusal(status, given, got, 0);
        expect(refusalKinds).toContain(refusal?.kind);
        for (const value of [refusal?.limit, refusal?.used, refusal?.requested, refusal?.retryMs])
          if (value !== undefined) expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
    const trap = {
      get error(): object {
        throw new Error('trap');
      },
    };
    expect(readRefusal(429, trap)?.kind).toBe('rate_limit');
  });
});
