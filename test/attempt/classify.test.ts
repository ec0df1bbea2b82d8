import { expect, test } from 'vitest';
import { isRetriableAnswer, isRetriableEvent, kindOfEvent } from '../../src/attempt/classify.ts';

const answer = (status: number, error?: object, shouldRetry?: string) =>
  isRetriableAnswer({ status, shouldRetry, error });

test.each([408, 409, 429, 500, 502, 503, 504, 529])('%i is tried again', (status) => {
  expect(answer(status)).toBe(true);
  expect(answer(status, undefined, 'false')).toBe(false);
});

test.each([400, 401, 403, 404, 413, 422])('%i is not, unless the server says so', (status) => {
  expect(answer(status)).toBe(false);
  expect(answer(status, undefined, 'true')).toBe(true);
});

test.each([
  { code: 'insufficient_quota', type: 'insufficient_quota' },
  { type: 'insufficient_quota' },
  { code: 'billing_hard_limit_reached' },
  { code: 'context_length_exceeded' },
  {
    code: 'rate_limit_exceeded',
    type: 'tokens',
    message: 'Request too large for gpt-5: Limit 10, Requested 20.',
  },
])('a 429 of %o is not, whatever the server says', (error) => {
  expect(answer(429, error)).toBe(false);
  expect(answer(429, error, 'true')).toBe(false);
});

test('a 429 for the rate is', () => {
  expect(answer(429, { code: 'rate_limit_exceeded', type: 'requests', message: 'Rate limit reached' })).toBe(
    true,
  );
  expect(answer(429, { code: 'slow_down' })).toBe(true);
});

test('an error in a stream is where its kind says so', () => {
  expect(isRetriableEvent({ type: 'server_error' })).toBe(true);
  expect(isRetriableEvent({ code: 'rate_limit_exceeded' })).toBe(true);
  expect(isRetriableEvent({ code: 503 })).toBe(true);
  expect(isRetriableEvent({ code: 'insufficient_quota', type: 'tokens' })).toBe(false);
  expect(isRetriableEvent({ code: 'invalid_prompt' })).toBe(false);
  expect(isRetriableEvent({})).toBe(false);
  expect(isRetriableEvent({ code: null })).toBe(false);
});

test.each([
  [{ code: 'insufficient_quota', type: 'insufficient_quota' }, 'unpaid'],
  [{ type: 'insufficient_quota', code: 429 }, 'unpaid'],
  [{ code: 'billing_hard_limit_reached' }, 'unpaid'],
  [{ code: 'rate_limit_exceeded' }, 'throttled'],
  [{ code: 'rate_limit_exceeded', type: 'tokens', message: 'Request too large for gpt-5' }, 'throttled'],
  [{ code: 429 }, 'throttled'],
  [{ type: 'overloaded_error' }, 'ill'],
  [{ code: 'vector_store_timeout' }, 'ill'],
  [{ code: '502' }, 'ill'],
  [{ code: 'context_length_exceeded', type: 'tokens' }, 'other'],
  [{ code: 'invalid_prompt', type: 'invalid_request_error' }, 'other'],
  [{ code: 400 }, 'other'],
  [{}, 'other'],
] as const)('an error in a stream of %o is %s', (error, kind) => {
  expect(kindOfEvent(error)).toBe(kind);
});
