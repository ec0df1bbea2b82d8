import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Mock } from '../../src/mock/index.ts';
import { always, hello, mockForTest } from './support.ts';

async function post(mock: Mock, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(mock.url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, headers: response.headers, error: answer.error };
}

const chat = { model: 'gpt-4o', messages: hello };
const response = { model: 'gpt-4o', input: 'Hello' };
const embedding = { model: 'text-embedding-3-small', input: 'Hello' };

describe('a request with a mistake in it is refused in OpenAI’s shape:', () => {
  test.each([
    [
      'no JSON',
      '/chat/completions',
      '{"model": ',
      { message: 'We could not parse the JSON body', param: null },
    ],
    ['an array', '/chat/completions', [], { message: 'We could not parse the JSON body' }],
    ['no model', '/chat/completions', { messages: hello }, { message: 'you must provide a model parameter' }],
    [
      'a model that is no text',
      '/chat/completions',
      { ...chat, model: 4 },
      { param: 'model', code: 'invalid_type' },
    ],
    [
      'no messages',
      '/chat/completions',
      { model: 'gpt-4o' },
      {
        message: "Missing required parameter: 'messages'.",
        param: 'messages',
        code: 'missing_required_parameter',
      },
    ],
    ['messages of text', '/chat/completions', { ...chat, messages: 'Hello' }, { code: 'invalid_type' }],
    ['no message in messages', '/chat/completions', { ...chat, messages: [] }, { code: 'empty_array' }],
    ['a message of text', '/chat/completions', { ...chat, messages: ['Hello'] }, { param: 'messages[0]' }],
    [
      'stream of text',
      '/chat/completions',
      { ...chat, stream: 'yes' },
      { param: 'stream', code: 'invalid_type' },
    ],
    [
      'stream_options alone',
      '/chat/completions',
      { ...chat, stream_options: {} },
      { param: 'stream_options' },
    ],
    ['no tokens', '/chat/completions', { ...chat, max_tokens: 0 }, { code: 'integer_below_min_value' }],
    ['half a token', '/chat/completions', { ...chat, max_completion_tokens: 0.5 }, { code: 'invalid_type' }],
    [
      'more choices than it gives',
      '/chat/completions',
      { ...chat, n: 129 },
      { param: 'n', code: 'integer_above_max_value' },
    ],
    ['no model', '/responses', { input: 'Hello' }, { message: 'you must provide a model parameter' }],
    ['no input', '/responses', { model: 'gpt-4o' }, { param: 'input', code: 'missing_required_parameter' }],
    ['input of a number', '/responses', { ...response, input: 4 }, { param: 'input', code: 'invalid_type' }],
    [
      'a background run that is not stored',
      '/responses',
      { ...response, background: true, store: false },
      { param: 'store', code: 'unsupported_parameter' },
    ],
    ['no tokens', '/responses', { ...response, max_output_tokens: 0 }, { code: 'integer_below_min_value' }],
    ['no model', '/embeddings', { input: 'Hello' }, { message: 'you must provide a model parameter' }],
    ['no input', '/embeddings', { model: embedding.model }, { code: 'missing_required_parameter' }],
    ['empty input', '/embeddings', { ...embedding, input: '' }, { code: 'missing_required_parameter' }],
    ['input of objects', '/embeddings', { ...embedding, input: [{}] }, { code: 'invalid_type' }],
    ['too much input', '/embeddings', { ...embedding, input: Array(2_049).fill('a') }, { param: 'input' }],
    [
      'an unknown format',
      '/embeddings',
      { ...embedding, encoding_format: 'hex' },
      { param: 'encoding_format' },
    ],
    ['too many dimensions', '/embeddings', { ...embedding, dimensions: 4_000 }, { param: 'dimensions' }],
  ])('%s at %s', async (_what, path, body, expected) => {
    const mock = await mockForTest();
    const { status, error } = await post(mock, path, body);
    await mock.settled();
    expect(status).toBe(400);
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
    const { message, ...fields } = { message: '', ...expected };
    expect(error).toMatchObject({ type: 'invalid_request_error', ...fields });
    expect(error['message']).toContain(message);
    expect(mock.ledger()[0]).toMatchObject({ status: 400, fault: null, usage: null, end: 'complete' });
  });

  test('no key', async () => {
    const mock = await mockForTest();
    const { status, error } = await post(mock, '/chat/completions', chat, { authorization: '' });
    expect(status).toBe(401);
    expect(error['message']).toContain("You didn't provide an API key");
  });

  test('a path that it does not serve', async () => {
    const mock = await mockForTest();
    const { status, error } = await post(mock, '/imaginations?key=secret', {});
    await mock.settled();
    expect(status).toBe(404);
    expect(error).toEqual({
      message: 'Invalid URL (POST /v1/imaginations)',
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
    expect(mock.ledger()[0]).toMatchObject({
      endpoint: 'other',
      path: '/v1/imaginations',
      status: 404,
    });
  });

  test('a method that the path does not take', async () => {
    const mock = await mockForTest();
    const { status, error } = await post(mock, '/models', {});
    expect(status).toBe(405);
    expect(error).toMatchObject({ code: 'method_not_supported' });
  });

  test('a body above 64 MiB', async () => {
    const mock = await mockForTest();
    const { status, error } = await post(mock, '/chat/completions', ' '.repeat(64 * 1024 * 1024 + 1));
    expect(status).toBe(413);
    expect(error['message']).toBe('The request body is too large.');
  });

  test('stream_options, at a provider that refuses them', async () => {
    const mock = await mockForTest({ refuseStreamOptions: true });
    const asking = { ...chat, stream: true, stream_options: { include_usage: true } };
    const { status, error } = await post(mock, '/chat/completions', asking);
    expect(status).toBe(400);
    expect(error['message']).toBe('Unrecognized request argument supplied: stream_options');
  });
});

describe('an answer', () => {
  test('to a refusable request comes before any fault', async () => {
    const mock = await mockForTest({ schedule: always({ status: 503 as const, rate: 1 }) });
    expect((await post(mock, '/chat/completions', {})).status).toBe(400);
    expect((await post(mock, '/chat/completions', chat)).status).toBe(503);
  });

  test('comes with and without /v1', async () => {
    const mock = await mockForTest();
    const bare = mock.url.slice(0, -'/v1'.length);
    const headers = { authorization: 'Bearer any' };
    for (const base of [bare, mock.url]) {
      expect((await fetch(`${base}/models`, { headers })).status).toBe(200);
      expect((await fetch(`${base}/models/gpt-4o`, { headers })).status).toBe(200);
    }
  });

  test('embeds tokens as well as texts', async () => {
    const mock = await mockForTest();
    await post(mock, '/embeddings', { ...embedding, input: [1, 2, 3] });
    await post(mock, '/embeddings', { ...embedding, input: [[1, 2, 3], [4]] });
    await mock.settled();
    expect(mock.ledger().map((entry) => entry.usage?.inputTokens)).toEqual([3, 4]);
  });

  test('takes null for a field that is not given', async () => {
    const mock = await mockForTest();
    const nulls = { stream: null, stream_options: null, max_tokens: null, tools: null, n: null };
    expect((await post(mock, '/chat/completions', { ...chat, ...nulls })).status).toBe(200);
  });

  test('asks for a wait in the header that the fault names, and the ledger says what it asked for', async () => {
    const mock = await mockForTest();
    const asked = [];
    for (const retryAfterHeader of ['both', 'seconds', 'ms'] as const) {
      mock.start({
        schedule: always({ status: 503 as const, rate: 1, retryAfterMs: 1_200, retryAfterHeader }),
      });
      const { headers } = await post(mock, '/chat/completions', chat);
      const [entry] = mock.ledger();
      asked.push([headers.get('retry-after'), headers.get('retry-after-ms'), entry?.retryAfterMs]);
    }
    expect(asked).toEqual([
      ['2', '1200', 1_200],
      ['2', null, 2_000],
      [null, '1200', 1_200],
    ]);
  });

  test('names the model in whatever characters it was given', async () => {
    const mock = await mockForTest();
    const model = 'ft:"mine"\n✓';
    const events = await fetch(`${mock.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer any' },
      body: JSON.stringify({ ...chat, model, stream: true }),
    });
    const text = await events.text();
    const chunks = text.split('\n\n').filter((event) => event.startsWith('data: {'));
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(JSON.parse(chunk.slice('data: '.length)).model).toBe(model);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});

describe('the ledger', () => {
  test('keeps what links a request to its caller, and no key, query or content', async () => {
    const mock = await mockForTest();
    const headers = {
      authorization: 'Bearer sk-secret',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-stainless-retry-count': '2',
      'idempotency-key': 'once-1',
      'x-call-id': 'call-1',
    };
    const body = { ...chat, messages: [{ role: 'user', content: 'my private words' }] };
    await post(mock, '/chat/completions?api-key=sk-secret', body, headers);
    await mock.settled();
    const text = JSON.stringify(mock.ledger());
    expect(mock.ledger()[0]).toMatchObject({
      callId: 'call-1',
      traceparent: headers.traceparent,
      retryCount: 2,
      idempotencyKey: 'once-1',
    });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('private');
  });

  test('numbers the attempts of a call id, and names calls that have none', async () => {
    const mock = await mockForTest();
    for (const callId of ['a', 'b', 'a', '', '', 'a']) {
      await post(mock, '/chat/completions', chat, callId === '' ? {} : { 'x-call-id': callId });
    }
    expect(mock.ledger().map(({ callId, attempt }) => `${callId} ${attempt}`)).toEqual([
      'a 0',
      'b 0',
      'a 1',
      'anon-0 0',
      'anon-1 0',
      'a 2',
    ]);
    expect(new Set(mock.ledger().map((entry) => entry.requestId)).size).toBe(6);
  });

  test('says of a request whose body never ended that its client left', async () => {
    const mock = await mockForTest();
    const headers = { authorization: 'Bearer any', 'content-length': 1_000 };
    const sent = request(`${mock.url}/chat/completions`, { method: 'POST', headers });
    sent.on('error', () => {});
    sent.write('{"model":');
    await expect.poll(() => mock.ledger()).toHaveLength(1);
    sent.destroy();
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({ model: null, status: null, fault: null, end: 'client-closed' });
  });

  test('gives copies', async () => {
    const mock = await mockForTest();
    await post(mock, '/chat/completions', chat);
    const [entry] = mock.ledger();
    Object.assign(entry?.usage ?? {}, { inputTokens: -1 });
    expect(mock.ledger()[0]?.usage?.inputTokens).toBeGreaterThan(0);
  });
});
