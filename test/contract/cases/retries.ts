import { chatBody, failure, json } from '../answers.ts';
import { bad, type ContractCase, chatParams, ok } from '../contract-case.ts';

const chat: ContractCase['run'] = ({ client }) => client.chat.completions.create(chatParams);
const stalled = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  steps: ['{"id": ', { waitMs: 300 }, '"late"}'],
};

/** Failures, and what the client's own loop makes of them. */
export const retries: readonly ContractCase[] = [
  {
    name: 'a 429 twice, then an answer',
    script: [failure(429), failure(429), json(chatBody)],
    run: chat,
    calls: [ok(429, 429, 200)],
  },
  {
    name: 'a 429 for want of quota',
    script: [0, 1, 2].map(() => failure(429, { 'retry-after-ms': '1' }, 'insufficient_quota')),
    run: chat,
    calls: [bad('insufficient_quota', 429, 429, 429)],
  },
  {
    name: 'a Retry-After of no seconds',
    script: [failure(429, { 'retry-after': '0' }), json(chatBody)],
    run: chat,
    calls: [ok(429, 200)],
  },
  {
    name: 'a Retry-After that is no number and no date',
    script: [failure(503, { 'retry-after': 'soon' }), json(chatBody)],
    run: chat,
    calls: [ok(503, 200)],
  },
  {
    name: '503 to the end',
    script: [failure(503), failure(503), failure(503)],
    run: chat,
    calls: [bad('overloaded', 503, 503, 503)],
  },
  {
    name: '500 without a retry hint',
    script: [failure(500, {}), json(chatBody)],
    run: chat,
    calls: [ok(500, 200)],
  },
  {
    name: '408, then 409, then an answer',
    script: [failure(408), failure(409), json(chatBody)],
    run: chat,
    calls: [ok(408, 409, 200)],
  },
  { name: 'a 400', script: [failure(400)], run: chat, calls: [bad('invalid_request', 400)] },
  { name: 'a 401', script: [failure(401)], run: chat, calls: [bad('authentication', 401)] },
  { name: 'a 403', script: [failure(403)], run: chat, calls: [bad('permission_denied', 403)] },
  { name: 'a 404', script: [failure(404)], run: chat, calls: [bad('not_found', 404)] },
  { name: 'a 422', script: [failure(422)], run: chat, calls: [bad('invalid_request', 422)] },
  {
    name: 'a 503 that must not be retried',
    script: [failure(503, { 'x-should-retry': 'false' })],
    run: chat,
    calls: [bad('overloaded', 503)],
  },
  {
    name: 'a 400 that should be retried',
    script: [failure(400, { 'x-should-retry': 'true', 'retry-after-ms': '1' }), json(chatBody)],
    run: chat,
    calls: [ok(400, 200)],
  },
  {
    name: 'a call with maxRetries of its own',
    script: [failure(503), failure(503)],
    run: ({ client }) => client.chat.completions.create(chatParams, { maxRetries: 1 }),
    calls: [bad('overloaded', 503, 503)],
  },
  {
    name: 'an error page that is no JSON',
    script: [
      {
        status: 502,
        headers: { 'content-type': 'text/html', 'x-should-retry': 'false' },
        steps: ['<b>bad</b>'],
      },
    ],
    run: chat,
    calls: [bad('server_error', 502)],
  },
  {
    name: 'a connection that is refused',
    script: [],
    options: { baseURL: 'http://127.0.0.1:1/v1', maxRetries: 1 },
    run: chat,
    calls: [bad('connection_error', 'connection_error', 'connection_error')],
    unseen: 2,
  },
  {
    name: 'a connection reset before the headers, then an answer',
    script: ['reset', json(chatBody)],
    run: chat,
    calls: [ok('connection_error', 200)],
  },
  {
    name: 'headers that never come',
    script: ['silence', json(chatBody)],
    options: { timeout: 150 },
    run: chat,
    calls: [ok('timeout', 200)],
  },
  {
    name: 'headers that never come, to the end',
    script: ['silence', 'silence'],
    options: { timeout: 100, maxRetries: 1 },
    run: chat,
    calls: [bad('timeout', 'timeout', 'timeout')],
  },
  {
    name: 'a good answer whose body stalls once',
    script: [stalled, json(chatBody)],
    options: { timeout: 150 },
    run: chat,
    // openai 7 reads the body under its timeout and asks again; 6 waits for it.
    calls: ({ major }) => (major === 7 ? [ok(200, 200)] : [ok(200)]),
  },
  {
    name: 'a good answer whose body stalls every time',
    script: [stalled, stalled],
    options: { timeout: 100, maxRetries: 1 },
    run: chat,
    calls: ({ major }) => (major === 7 ? [bad('timeout', 200, 200)] : [ok(200)]),
  },
  {
    name: 'a 503 whose error body stalls, then an answer',
    script: [
      { status: 503, headers: { 'retry-after-ms': '1' }, steps: ['{"error": ', { untilClientLeaves: true }] },
      json(chatBody),
    ],
    options: { timeout: 150 },
    run: chat,
    calls: [ok(503, 200)],
  },
  {
    name: 'a last 503 whose error body stalls',
    script: [{ status: 503, headers: {}, steps: ['{"error": ', { waitMs: 250 }, '{}}'] }],
    options: { timeout: 100, maxRetries: 0 },
    run: chat,
    calls: [bad('overloaded', 503)],
  },
  {
    name: 'a JSON body that is cut by a reset',
    script: [
      { status: 200, headers: { 'content-type': 'application/json' }, steps: ['{"id": ', { reset: true }] },
    ],
    run: chat,
    calls: [bad('connection_error', 200)],
  },
  {
    name: 'a body that cannot be serialised',
    script: [],
    run: ({ client }) => client.post('/x', { body: { big: 1n } }),
    calls: [bad('_OTHER', '_OTHER')],
    unseen: 1,
  },
];
