import { describe, expect, it } from 'vitest';
import type { Attempt, Call } from '../../src/call.ts';
import { closedErrorMessage } from '../../src/observe/error-message.ts';
import { exampleCall } from './example-call.ts';

function failedWith(error: unknown): Call {
  return { ...exampleCall(), outcome: 'error', error };
}

function messageOf(error: unknown, attempt: Partial<Attempt> = {}): string | undefined {
  const call = failedWith(error);
  return closedErrorMessage(call, { call, index: 0, startedMs: 0, sent: true, ...attempt });
}

describe('an error is put into words from a closed vocabulary:', () => {
  it.each<[string, unknown, string | undefined]>([
    ['status alone', { status: 502 }, 'HTTP 502'],
    [
      'all that the provider names',
      { status: 429, type: 'insufficient_quota', code: 'insufficient_quota', message: 'secret' },
      'HTTP 429, type insufficient_quota, code insufficient_quota',
    ],
    ['words that are not known', { status: 400, type: 'secret', code: 'secret' }, 'HTTP 400'],
    ['words that only contain a known one', { status: 400, code: 'invalid_value secret' }, 'HTTP 400'],
    ['an error inside a good answer', { status: undefined, code: 'server_error' }, 'code server_error'],
    [
      'the cause of a broken connection',
      new Error('Connection error.', {
        cause: new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
      }),
      'code ECONNREFUSED',
    ],
    [
      'one that was tried over IPv6 and IPv4',
      new Error('x', { cause: new AggregateError([{ code: 'ENETUNREACH' }, { code: 'ECONNREFUSED' }]) }),
      'code ENETUNREACH',
    ],
    ['an error without either', new Error('secret'), undefined],
    ['what is no error', 'secret', undefined],
    ['nothing', undefined, undefined],
    ['a status that is none', { status: 'secret' }, undefined],
    ['a status that is no failure', { status: 200, code: 'secret' }, undefined],
  ])('%s', (_name, error, message) => {
    expect(messageOf(error)).toBe(message);
  });

  it('the status of the last attempt, where the error has none', () => {
    expect(messageOf(new Error('secret'), { status: 503 })).toBe('HTTP 503');
    expect(messageOf(new SyntaxError('secret'), { status: 200 })).toBeUndefined();
  });

  it('an error that is its own cause has an end', () => {
    const error = new Error('secret');
    error.cause = error;
    expect(messageOf(error)).toBeUndefined();
  });
});

it.each(['ok', 'cancelled', 'truncated', 'empty', 'abandoned'] as const)('%s is no error', (outcome) => {
  expect(closedErrorMessage({ ...failedWith({ status: 500 }), outcome }, undefined)).toBeUndefined();
});
