import type OpenAI from 'openai';
import { describe, expect, test, vi } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import { always, clients, collect, hello, instant, mockForTest, named } from './support.ts';

/** What every version of the client makes of the mock's answers. */
describe.each(clients)('openai $version', ({ Client }) => {
  async function setUp(options: Parameters<typeof mockForTest>[0] = {}) {
    const mock = await mockForTest(options);
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('gets a chat answer whose usage is the ledger’s', async () => {
    const { mock, openai } = await setUp();
    const { data, response, request_id } = await openai.chat.completions
      .create({ model: 'gpt-5-mini', messages: hello }, named('call-1'))
      .withResponse();
    await mock.settled();
    const [entry] = mock.ledger();
    expect(data.object).toBe('chat.completion');
    expect(data.choices[0]?.message.role).toBe('assistant');
    expect(data.choices[0]?.message.content?.trim().split(' ').length).toBe(
      (data.usage?.completion_tokens ?? 0) - (data.usage?.completion_tokens_details?.reasoning_tokens ?? 0),
    );
    expect(data.usage?.total_tokens).toBe(
      (entry?.usage?.inputTokens ?? 0) + (entry?.usage?.outputTokens ?? 0),
    );
    expect(entry).toMatchObject({
      seq: 0,
      callId: 'call-1',
      attempt: 0,
      requestId: request_id,
      method: 'POST',
      path: '/v1/chat/completions',
      endpoint: 'chat',
      model: 'gpt-5-mini',
      streamed: false,
      fault: null,
      status: 200,
      usageSent: true,
      finishReason: 'stop',
      chunksSent: 0,
      end: 'complete',
      retryCount: 0,
      usage: {
        inputTokens: data.usage?.prompt_tokens,
        cachedTokens: 0,
        outputTokens: data.usage?.completion_tokens,
        reasoningTokens: data.usage?.completion_tokens_details?.reasoning_tokens,
      },
    });
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('30000');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('29999');
    expect(response.headers.get('x-ratelimit-reset-requests')).toBe('2ms');
    expect(Number(response.headers.get('x-ratelimit-remaining-tokens'))).toBe(
      150_000_000 - (data.usage?.total_tokens ?? 0),
    );
    expect(response.headers.get('openai-processing-ms')).toMatch(/^\d+$/);
  });

  test('gets the same chat as a stream, without usage unless it asks', async () => {
    const { mock, openai } = await setUp();
    const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }, named('call-1'));
    const chunks = await collect(
      await openai.chat.completions.create(
        { model: 'gpt-4o', messages: hello, stream: true },
        named('call-1'),
      ),
    );
    await mock.settled();
    const entry = mock.ledger()[1];
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([
      ...new Array(chunks.length - 1).fill(null),
      'stop',
    ]);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    expect(entry).toMatchObject({ usageSent: false, finishReason: 'stop', end: 'complete', streamed: true });
    expect(entry?.chunksSent).toBe(chunks.length);
    expect(entry?.usage).toMatchObject({
      inputTokens: whole.usage?.prompt_tokens,
      outputTokens: whole.usage?.completion_tokens,
    });
  });

  test('gets the usage in a last chunk without choices when it asks', async () => {
    const { mock, openai } = await setUp();
    const chunks = await collect(
      await openai.chat.completions.create({
        model: 'gpt-4o',
        messages: hello,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    await mock.settled();
    const [entry] = mock.ledger();
    const last = chunks.at(-1);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({
      prompt_tokens: entry?.usage?.inputTokens,
      completion_tokens: entry?.usage?.outputTokens,
    });
    expect(entry).toMatchObject({ usageSent: true, chunksSent: chunks.length });
  });

  test('accumulates a chat stream with its helper', async () => {
    const { openai } = await setUp();
    const stream = openai.chat.completions.stream({ model: 'gpt-4o', messages: hello }, named('call-1'));
    const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }, named('call-1'));
    expect(await stream.finalContent()).toBe(whole.choices[0]?.message.content);
  });

  test('gets a response, and the same as typed events in order', async () => {
    const { mock, openai } = await setUp();
    const request = { model: 'gpt-5', input: 'Hello there' };
    const whole = await openai.responses.create(request, named('call-1'));
    const events = await collect(
      await openai.responses.create({ ...request, stream: true }, named('call-1')),
    );
    await mock.settled();
    const types = events.map((event) => event.type);
    const deltas = types.filter((type) => type === 'response.output_text.delta');
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      ...deltas,
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const completed = events.at(-1);
    expect(completed?.type === 'response.completed' && completed.response.usage).toEqual(whole.usage);
    expect(whole.status).toBe('completed');
    expect(whole.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(whole.output_text.trim().split(' ')).toHaveLength(deltas.length);
    expect(mock.ledger()[1]).toMatchObject({
      endpoint: 'responses',
      usageSent: true,
      finishReason: 'stop',
      chunksSent: events.length,
      usage: {
        inputTokens: whole.usage?.input_tokens,
        outputTokens: whole.usage?.output_tokens,
        reasoningTokens: whole.usage?.output_tokens_details.reasoning_tokens,
      },
    });
  });

  test('accumulates a response stream with its helper', async () => {
    const { openai } = await setUp();
    const stream = openai.responses.stream({ model: 'gpt-4o', input: 'Hello there' }, named('call-1'));
    const whole = await openai.responses.create({ model: 'gpt-4o', input: 'Hello there' }, named('call-1'));
    // openai 6.0 leaves `output_text` out of a final response.
    expect((await stream.finalResponse()).output).toMatchObject([{ content: [{ text: whole.output_text }] }]);
  });

  test('is told when reasoning ate the whole allowance', async () => {
    const { mock, openai } = await setUp();
    const chat = await openai.chat.completions.create({
      model: 'gpt-5',
      messages: hello,
      max_completion_tokens: 32,
    });
    const response = await openai.responses.create({ model: 'gpt-5', input: 'Hello', max_output_tokens: 32 });
    const events = await collect(
      await openai.responses.create({ model: 'gpt-5', input: 'Hello', max_output_tokens: 32, stream: true }),
    );
    await mock.settled();
    expect(chat.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output_text: '',
    });
    expect(events.map((event) => event.type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.incomplete',
    ]);
    expect(mock.ledger().map((entry) => entry.finishReason)).toEqual(['length', 'length', 'length']);
    expect(mock.ledger().map((entry) => entry.usage?.reasoningTokens)).toEqual([32, 32, 32]);
  });

  test('gets embeddings, the same vector as base64 and as numbers', async () => {
    const { mock, openai } = await setUp();
    const request = { model: 'text-embedding-3-small', input: ['one text', 'another'], dimensions: 16 };
    const packed = await openai.embeddings.create(request);
    const plain = await openai.embeddings.create({ ...request, encoding_format: 'float' });
    const whole = await openai.embeddings.create({ model: 'text-embedding-3-large', input: 'one text' });
    await mock.settled();
    expect(packed.data.map((item) => item.embedding)).toEqual(plain.data.map((item) => item.embedding));
    expect(packed.data[0]?.embedding).not.toEqual(packed.data[1]?.embedding);
    expect(Math.hypot(...(packed.data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(whole.data[0]?.embedding).toHaveLength(3_072);
    expect(packed.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    expect(mock.ledger()[0]).toMatchObject({
      endpoint: 'embeddings',
      usage: { inputTokens: 4, outputTokens: 0 },
    });
  });

  test('lists models and finds one by name', async () => {
    const { openai } = await setUp();
    const models = await collect(await openai.models.list());
    expect(models.map((model) => model.id)).toContain('gpt-5-mini');
    expect((await openai.models.retrieve('gpt-4o')).id).toBe('gpt-4o');
    await expect(openai.models.retrieve('gpt-0')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  test('waits as a 429 asks, tries again and succeeds', async () => {
    const fault = { status: 429 as const, rate: 1, retryAfterMs: 3, firstAttempts: 1 };
    const { mock, openai } = await setUp({ schedule: always(fault) });
    await openai
      .withOptions({ maxRetries: 1 })
      .chat.completions.create({ model: 'gpt-4o', messages: hello }, named('call-1'));
    await mock.settled();
    const [refused, answered] = mock.ledger();
    expect(refused).toMatchObject({
      attempt: 0,
      fault: '429 rate_limit_exceeded',
      status: 429,
      retryAfterMs: 3,
      usage: null,
      usageSent: false,
      finishReason: null,
      end: 'complete',
    });
    expect(answered).toMatchObject({ attempt: 1, retryCount: 1, fault: null, status: 200 });
  });

  test('gets a rate limit error in OpenAI’s shape', async () => {
    const { openai } = await setUp({
      schedule: always({ status: 429 as const, rate: 1, retryAfterMs: 1_500 }),
    });
    const error = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }).catch((e) => e);
    expect(error).toBeInstanceOf(Client.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'requests', param: null });
    expect(error.message).toContain('Please try again in 1.5s.');
    expect(error.requestID).toMatch(/^req_[0-9a-f]{32}$/);
    expect(error.headers.get('retry-after')).toBe('2');
    expect(error.headers.get('retry-after-ms')).toBe('1500');
    expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(error.headers.get('x-ratelimit-reset-requests')).toBe('1.5s');
  });

  test.each([500, 502, 503, 504] as const)('gets a server error for %i', async (status) => {
    const { mock, openai } = await setUp({ schedule: always({ status, rate: 1 }) });
    const error = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' }).catch((e) => e);
    await mock.settled();
    expect(error).toBeInstanceOf(Client.InternalServerError);
    expect(error.status).toBe(status);
    expect(error.headers.get('retry-after')).toBe(null);
    expect(mock.ledger()[0]).toMatchObject({ fault: String(status), status, end: 'complete' });
    expect(mock.ledger()[0]).not.toHaveProperty('retryAfterMs');
  });

  test('meets a reset before headers as a connection error', async () => {
    const { mock, openai } = await setUp({ schedule: always({ kind: 'reset' as const, rate: 1 }) });
    const error = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }).catch((e) => e);
    await mock.settled();
    expect(error).toBeInstanceOf(Client.APIConnectionError);
    expect(mock.ledger()).toHaveLength(1);
    expect(mock.ledger()[0]).toMatchObject({ fault: 'reset', status: null, usage: null, end: 'reset' });
    expect(mock.ledger()[0]).not.toHaveProperty('headersAtMs');
  });

  test('cannot tell a cut stream from a finished one but by its missing finish', async () => {
    const { mock, openai } = await setUp({
      schedule: always({ kind: 'cut' as const, rate: 1, afterChunks: 3 }),
    });
    const chunks = await collect(
      await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true }),
    );
    await mock.settled();
    expect(chunks).toHaveLength(4);
    expect(chunks.every((chunk) => chunk.choices[0]?.finish_reason === null)).toBe(true);
    expect(mock.ledger()[0]).toMatchObject({
      fault: 'cut',
      status: 200,
      end: 'cut',
      chunksSent: 4,
      finishReason: null,
      usageSent: false,
      usage: { outputTokens: 3 },
    });
  });

  test('gets what came before a reset in mid-stream, and then an error', async () => {
    const fault = { kind: 'reset-midstream' as const, rate: 1, afterChunks: 2 };
    const { mock, openai } = await setUp({ schedule: always(fault) });
    const stream = await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true });
    const types: string[] = [];
    await expect(async () => {
      for await (const event of stream) types.push(event.type);
    }).rejects.toThrow();
    await mock.settled();
    expect(types.filter((type) => type === 'response.output_text.delta')).toHaveLength(2);
    expect(mock.ledger()[0]).toMatchObject({
      fault: 'reset-midstream',
      end: 'reset',
      status: 200,
      chunksSent: types.length,
      finishReason: null,
      usageSent: false,
    });
  });

  test('hears nothing of a request that hangs, until it gives up', async () => {
    const { mock, openai } = await setUp({ schedule: always({ kind: 'hang' as const, rate: 1 }) });
    const error = await openai
      .withOptions({ timeout: 50 })
      .responses.create({ model: 'gpt-4o', input: 'Hello' })
      .catch((e) => e);
    await mock.settled();
    expect(error).toBeInstanceOf(Client.APIConnectionTimeoutError);
    expect(mock.ledger()).toMatchObject([{ fault: 'hang', status: null, usage: null, end: 'client-closed' }]);
  });

  test('waits for more of a stream that stalls, until it gives up', async () => {
    const fault = { kind: 'stall' as const, rate: 1, afterChunks: 2 };
    const { mock, openai } = await setUp({ schedule: always(fault) });
    const stream = await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true });
    let deltas = 0;
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta' && ++deltas === 2) stream.controller.abort();
    }
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'stall', status: 200, usage: { outputTokens: 2 }, usageSent: false, end: 'client-closed' },
    ]);
  });

  test('gets the tokens of a dripping stream one by one', async () => {
    const clock = createFakeClock();
    const fault = { kind: 'drip' as const, rate: 1, gapMs: 1_000 };
    const mock = await mockForTest({ schedule: always(fault), clock });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
    const stream = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true });
    const seconds: number[] = [];
    for await (const { choices } of stream) {
      if (choices[0]?.delta.content) seconds.push(clock.nowMs());
      clock.advance(1_000);
    }
    await mock.settled();
    expect(seconds.length).toBeGreaterThan(2);
    expect(new Set(seconds).size).toBe(seconds.length);
    expect(mock.ledger()).toMatchObject([{ fault: 'drip', end: 'complete', finishReason: 'stop' }]);
  });

  test.each(['chat', 'responses'] as const)(
    'gets what it cannot read from a malformed %s stream',
    async (kind) => {
      const fault = { kind: 'malformed' as const, rate: 1, afterChunks: 1 };
      const { mock, openai } = await setUp({ schedule: always(fault) });
      vi.spyOn(console, 'error').mockImplementation(() => {});
      await expect(collect(await streamOf(openai, kind))).rejects.toThrow(SyntaxError);
      await mock.settled();
      expect(mock.ledger()).toMatchObject([{ fault: 'malformed', status: 200, usage: { outputTokens: 1 } }]);
    },
  );

  test.each(['chat', 'responses'] as const)(
    'gets the error that a %s stream sends as an event',
    async (kind) => {
      const fault = { kind: 'error-event' as const, rate: 1, afterChunks: 1 };
      const { mock, openai } = await setUp({ schedule: always(fault) });
      const heard = await collect(await streamOf(openai, kind)).catch((error) => error);
      // Not every version throws for the error event of Responses: some hand it over as what it is.
      if (Array.isArray(heard)) expect(heard.at(-1)).toMatchObject({ type: 'error', code: 'server_error' });
      else expect(heard).toBeInstanceOf(Client.APIError);
      if (kind === 'chat') expect(heard).toBeInstanceOf(Client.APIError);
      await mock.settled();
      expect(mock.ledger()).toMatchObject([
        { fault: 'error-event', status: 200, usage: { outputTokens: 1 } },
      ]);
    },
  );

  test('is told when there is no money left', async () => {
    const fault = { status: 429 as const, rate: 1, code: 'insufficient_quota' as const };
    const { mock, openai } = await setUp({ schedule: always(fault) });
    const error = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' }).catch((e) => e);
    await mock.settled();
    expect(error).toBeInstanceOf(Client.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' });
    expect(error.headers.get('retry-after')).toBe(null);
    expect(mock.ledger()).toMatchObject([{ fault: '429 insufficient_quota' }]);
  });

  test('is told to come again at a date, or by a text that is no time', async () => {
    const clock = createFakeClock();
    const date = { status: 503 as const, rate: 1, retryAfterMs: 1_500, retryAfterHeader: 'date' as const };
    const text = { status: 503 as const, rate: 1, retryAfterText: 'soon' };
    const mock = await mockForTest({ schedule: always(date), clock, latency: instant });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
    const ask = () => openai.responses.create({ model: 'gpt-4o', input: 'Hello' }).catch((e) => e);
    const dated = await ask();
    const toldMs = Date.parse(dated.headers.get('retry-after')) - clock.epochMs();
    expect(toldMs).toBeGreaterThanOrEqual(1_500);
    expect(mock.ledger()[0]?.retryAfterMs).toBe(toldMs);
    mock.start({ schedule: always(text) });
    expect((await ask()).headers.get('retry-after')).toBe('soon');
    await mock.settled();
    expect(mock.ledger()[0]).not.toHaveProperty('retryAfterMs');
  });

  test('leaves a stream and the mock sees exactly that', async () => {
    const { mock, openai } = await setUp({ latency: { ...instant, betweenTokensMs: 60_000, sigma: 0 } });
    const stream = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({
      status: 200,
      end: 'client-closed',
      chunksSent: 2,
      finishReason: null,
      usage: { outputTokens: 1 },
      usageSent: false,
    });
  });

  test('gives up waiting for headers and the mock sees exactly that', async () => {
    const { mock, openai } = await setUp({ schedule: always({ delayMs: 60_000, rate: 1 }) });
    const going = new AbortController();
    const answer = openai.chat.completions.create(
      { model: 'gpt-4o', messages: hello },
      { signal: going.signal },
    );
    await expect.poll(() => mock.ledger()).toHaveLength(1);
    going.abort();
    await expect(answer).rejects.toBeInstanceOf(Client.APIUserAbortError);
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({
      fault: 'delay',
      status: null,
      usage: null,
      end: 'client-closed',
    });
  });
});

async function streamOf(openai: OpenAI, kind: 'chat' | 'responses'): Promise<AsyncIterable<unknown>> {
  if (kind === 'responses')
    return await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true });
  return await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true });
}
