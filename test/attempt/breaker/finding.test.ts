import { expect, test } from 'vitest';
import { findingOf } from '../../../src/attempt/breaker/finding.ts';
import type { Attempt, Call } from '../../../src/call.ts';

const call: Call = {
  request: {
    operation: 'chat',
    endpoint: 'chat',
    method: 'POST',
    route: '/chat/completions',
    streamed: true,
    provider: 'openai',
    serverAddress: 'api.openai.com',
  },
  startedMs: 0,
  response: {},
  usage: { source: 'unknown' },
  attempts: 1,
  backoffMs: 0,
  chunks: 0,
};

const attempt: Attempt = { call, index: 0, startedMs: 0, sent: true };
const cancelled = { ...attempt, status: 200, errorType: 'cancelled' };

test.each([
  ['an answer', { ...attempt, status: 200 }, undefined, 'good'],
  ['500', { ...attempt, status: 500, errorType: '500' }, undefined, 'ill'],
  ['503', { ...attempt, status: 503, errorType: '503' }, undefined, 'ill'],
  ['529', { ...attempt, status: 529, errorType: '529' }, undefined, 'ill'],
  ['a connection that failed', { ...attempt, errorType: 'connection_error' }, undefined, 'ill'],
  [
    'a connection that broke in a stream',
    { ...attempt, status: 200, errorType: 'connection_error' },
    undefined,
    'ill',
  ],
  ['a time-out', { ...attempt, errorType: 'timeout' }, undefined, 'ill'],
  ['a time-out of the body', { ...attempt, status: 200, errorType: 'timeout' }, undefined, 'ill'],
  ['a stream without an end', { ...attempt, status: 200, errorType: 'truncated' }, undefined, 'ill'],
  [
    'an error of the provider in a stream',
    { ...attempt, status: 200, errorType: 'provider_error' },
    'server_error',
    'ill',
  ],
  [
    'an overload in a stream',
    { ...attempt, status: 200, errorType: 'provider_error' },
    'overloaded_error',
    'ill',
  ],
  [
    'a rate limit in a stream',
    { ...attempt, status: 200, errorType: 'provider_error' },
    'rate_limit_exceeded',
    'none',
  ],
  [
    'a refused prompt in a stream',
    { ...attempt, status: 200, errorType: 'provider_error' },
    'invalid_prompt',
    'none',
  ],
  ['a deadline before the answer', { ...attempt, errorType: 'deadline_exceeded' }, undefined, 'ill'],
  ['a deadline in it', { ...attempt, status: 200, errorType: 'deadline_exceeded' }, undefined, 'none'],
  ['429', { ...attempt, status: 429, errorType: '429' }, undefined, 'none'],
  ['408', { ...attempt, status: 408, errorType: '408' }, undefined, 'none'],
  ['408 as the client names it', { ...attempt, status: 408, errorType: 'timeout' }, undefined, 'none'],
  ['409', { ...attempt, status: 409, errorType: '409' }, undefined, 'none'],
  ['400', { ...attempt, status: 400, errorType: '400' }, undefined, 'none'],
  ['401', { ...attempt, status: 401, errorType: '401' }, undefined, 'none'],
  ['404', { ...attempt, status: 404, errorType: '404' }, undefined, 'none'],
  ['an abort before the answer', { ...attempt, errorType: 'cancelled' }, undefined, 'none'],
  ['an abort before the first piece', cancelled, undefined, 'none'],
  ['an abort after it', { ...cancelled, call: { ...call, chunks: 1 } }, undefined, 'good'],
  [
    'a stream that nobody read',
    { ...attempt, status: 200, call: { ...call, outcome: 'abandoned' } },
    undefined,
    'none',
  ],
  ['what was never sent', { ...attempt, sent: false, errorType: 'connection_error' }, undefined, 'none'],
  ['what was flushed', { ...attempt, errorType: 'flushed' }, undefined, 'none'],
  ['what nobody can tell', { ...attempt, status: 200, errorType: '_OTHER' }, undefined, 'none'],
  ['no answer and no error', attempt, undefined, 'none'],
] as const)('%s', (_name, ended, code, finding) => {
  expect(findingOf(ended, code)).toBe(finding);
});
