import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, clients, collect, hello, instant, mockForTest } from './support.ts';

/** What every version of the client makes of each fault, and what the ledger says of it. */
describe.each(clients)('openai $version', ({ Client }) => {
  async function meet(fault: Fault, more: Parameters<typeof mockForTest>[0] = {}) {
    const mock = await mockForTest({ schedule: always(fault), ...more });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0, logLevel: 'off' });
    return { mock, openai };
  }

  const ask = (openai: OpenAI) => openai.chat.completions.create({ model: 'gpt-4o', messages: hello });
  const askForStream = (openai: OpenAI) =>
    openai.chat.completions.create({
      model: 'gpt-4o',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
  const errorOf = (answer: Promise<unknown>) =>
    answer.then(
      () => expect.unreachable(),
      (error) => error,
    );

  test.each([
    [
      { limit: 'tokens/minute' },
      'tokens',
      'rate_limit_exceeded',
      'on tokens per min (TPM): Limit 2000000, Used 2000000, Requested 1000.',
    ],
    [
      { limit: 'requests/day' },
      'requests',
      'rate_limit_exceeded',
      'on requests per day (RPD): Limit 10000, Used 10000, Requested 1. Please try again in 8.64s.',
    ],
    [{ limit: 'tokens/day' }, 'tokens', 'rate_limit_exceeded', 'on tokens per day (TPD): Limit 20000000'],
    [
      { limit: 'requests/minute' },
      'requests',
      'rate_limit_exceeded',
      'on requests per min (RPM): Limit 30000',
    ],
    [{ code: 'slow_down' }, 'rate_limit_error', 'slow_down', 'slow down'],
    [
      { code: 'engine_overloaded' },
      'engine_overloaded_error',
      'engine_overloaded',
      'The engine is currently overloaded',
    ],
    [
      { code: 'credit_balance_exhausted' },
      'insufficient_quota',
      'credit_balance_exhausted',
      'credit balance',
    ],
    [
      { code: 'organization_spend_limit_exceeded' },
      'insufficient_quota',
      'organization_spend_limit_exceeded',
      'spend limit',
    ],
    [
      { code: 'project_spend_limit_exceeded' },
      'insufficient_quota',
      'project_spend_limit_exceeded',
      'spend limit',
    ],
    [
      { code: 'organization_usage_limit_exceeded' },
      'insufficient_quota',
      'organization_usage_limit_exceeded',
      'usage limit',
    ],
  ] as const)('gets a 429 with %j', async (variant, type, code, message) => {
    const { mock, openai } = await meet({ status: 429, rate: 1, ...variant });
    const error = await errorOf(ask(openai));
    await mock.settled();
    expect(error).toBeInstanceOf(Client.RateLimitError);
    expect(error).toMatchObject({ status: 429, type, code });
    expect(error.message).toContain(message);
    const limit = 'limit' in variant ? `rate_limit_exceeded ${variant.limit}` : variant.code;
    expect(mock.ledger()).toMatchObject([{ fault: `429 ${limit}`, usage: null, end: 'complete' }]);
    const unit = code === 'rate_limit_exceeded' ? type : 'none';
    expect(error.headers.get(`x-ratelimit-remaining-${unit}`)).toBe(unit === 'none' ? null : '0');
  });

  test.each([
    [{ status: 408 }, Client.APIError, '408'],
    [{ status: 409 }, Client.ConflictError, '409'],
    [{ status: 501 }, Client.InternalServerError, '501'],
    [{ status: 529 }, Client.InternalServerError, '529'],
    [{ status: 599 }, Client.InternalServerError, '599'],
    [{ status: 503, code: 'slow_down' }, Client.InternalServerError, '503 slow_down'],
    [{ status: 503, code: 'engine_overloaded' }, Client.InternalServerError, '503 engine_overloaded'],
  ] as const)('gets the error of %j', async (failure, Expected, name) => {
    const { mock, openai } = await meet({ rate: 1, ...failure });
    const error = await errorOf(ask(openai));
    await mock.settled();
    expect(error).toBeInstanceOf(Expected);
    expect(error.status).toBe(failure.status);
    expect(error.error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
    expect(mock.ledger()).toMatchObject([
      { fault: name, status: failure.status, usage: null, end: 'complete' },
    ]);
  });

  test('is told to come again in every way, and the ledger has what it can obey', async () => {
    const { mock, openai } = await meet({ status: 503, rate: 1 });
    const told: [Partial<Fault>, string | null, string | null, number | undefined][] = [
      [{ retryAfterMs: 0 }, '0', '0', 0],
      [{ retryAfterMs: 1_234.5 }, '2', '1235', 1_235],
      [{ retryAfterMs: 1e12 }, '1000000000', '1000000000000', 1e12],
      [{ retryAfterMs: 1_234, retryAfterHeader: 'ms' }, null, '1234', 1_234],
      [{ retryAfterMs: 1_234, retryAfterHeader: 'seconds' }, '2', null, 2_000],
      [{ retryAfterText: '-5' }, '-5', null, undefined],
      [{ retryAfterText: '99999999999999999999' }, '99999999999999999999', null, undefined],
      [{ retryAfterMsText: '-1' }, null, '-1', undefined],
      [{ retryAfterText: 'soon', retryAfterMsText: 'NaN' }, 'soon', 'NaN', undefined],
    ];
    for (const [advice, seconds, ms, toldMs] of told) {
      mock.start({ schedule: always({ status: 503, rate: 1, ...advice } as Fault) });
      const { headers } = await errorOf(ask(openai));
      await mock.settled();
      expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual([seconds, ms]);
      expect(mock.ledger()[0]?.retryAfterMs).toBe(toldMs);
    }
  });

  test('obeys x-should-retry, whatever the status', async () => {
    const { mock } = await meet({ status: 503, rate: 1, shouldRetry: false, retryAfterMs: 1 });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 2, logLevel: 'off' });
    const refused = await errorOf(ask(openai));
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(mock.ledger()).toHaveLength(1);
    mock.start({
      schedule: always({ status: 409, rate: 1, shouldRetry: true, retryAfterMs: 1, firstAttempts: 1 }),
    });
    const headers = { 'x-call-id': 'call-1' };
    await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }, { headers });
    await mock.settled();
    expect(mock.ledger().map(({ status }) => status)).toEqual([409, 200]);
  });

  test.each([
    ['reset-in-headers', null, ask],
    ['reset-in-headers', null, askForStream],
  ] as const)('meets a %s as a connection error', async (kind, status, how) => {
    const { mock, openai } = await meet({ kind, rate: 1 });
    expect(await errorOf(how(openai))).toBeInstanceOf(Client.APIConnectionError);
    await mock.settled();
    expect(mock.ledger()).toMatchObject([{ fault: kind, status, usage: null, end: 'reset' }]);
  });

  test('has the headers of a whole answer before its connection is reset', async () => {
    for (const fault of [{ kind: 'reset-after-headers' }, { kind: 'reset-body', afterBytes: 20 }] as const) {
      const { mock, openai } = await meet({ ...fault, rate: 1 });
      const response = await ask(openai).asResponse();
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      await expect(response.text()).rejects.toThrow();
      await mock.settled();
      expect(mock.ledger()).toMatchObject([
        { fault: fault.kind, status: 200, end: 'reset', usageSent: false, finishReason: null },
      ]);
      expect(mock.ledger()[0]?.usage?.outputTokens).toBeGreaterThan(0);
    }
  });

  test('has the headers of a stream before its connection is reset', async () => {
    const { mock, openai } = await meet({ kind: 'reset-after-headers', rate: 1 });
    const stream = await askForStream(openai);
    await expect(collect(stream)).rejects.toThrow();
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'reset-after-headers', status: 200, end: 'reset', chunksSent: 0, usage: { outputTokens: 0 } },
    ]);
  });

  test.each(['hang-after-headers', 'stall-body'] as const)(
    'has the headers of an answer that then goes silent: %s',
    async (kind) => {
      const { mock, openai } = await meet({ kind, rate: 1 });
      const going = new AbortController();
      const response = await openai.chat.completions
        .create({ model: 'gpt-4o', messages: hello }, { signal: going.signal })
        .asResponse();
      expect(response.status).toBe(200);
      const body = response.text().catch((error) => error);
      going.abort();
      expect(await body).toBeInstanceOf(Error);
      await mock.settled();
      expect(mock.ledger()).toMatchObject([
        { fault: kind, status: 200, end: 'client-closed', usageSent: false, finishReason: null },
      ]);
    },
  );

  test('has the headers of a stream that then goes silent', async () => {
    const { mock, openai } = await meet({ kind: 'hang-after-headers', rate: 1 });
    const stream = await askForStream(openai);
    stream.controller.abort();
    await collect(stream).catch(() => {});
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'hang-after-headers', end: 'client-closed', chunksSent: 0 },
    ]);
  });

  test('cannot read a body that ends too early', async () => {
    const { mock, openai } = await meet({ kind: 'malformed-body', rate: 1, afterBytes: 1e9 });
    await expect(ask(openai)).rejects.toThrow(SyntaxError);
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'malformed-body', status: 200, end: 'cut', finishReason: null },
    ]);
  });

  test('gets a dripping body when the last of it is there', async () => {
    const clock = createFakeClock();
    const { mock, openai } = await meet(
      { kind: 'drip-body', rate: 1, gapMs: 1_000, pieceBytes: 100 },
      { clock },
    );
    const answer = ask(openai);
    await expect.poll(() => clock.waiting()).toBe(1);
    let pieces = 1;
    while (clock.waiting() > 0) {
      clock.advance(1_000);
      pieces++;
    }
    const text = JSON.stringify(await answer);
    await mock.settled();
    expect(pieces).toBe(Math.ceil(text.length / 100));
    expect(mock.ledger()).toMatchObject([
      { fault: 'drip-body', status: 200, end: 'complete', endedAtMs: (pieces - 1) * 1_000, usageSent: true },
    ]);
  });

  test('gets tokens twice', async () => {
    const { mock, openai } = await meet({ kind: 'duplicate', rate: 1, everyNth: 3 });
    const chunks = await collect(await askForStream(openai));
    await mock.settled();
    const texts = chunks.flatMap(({ choices }) => choices[0]?.delta.content || []);
    const once = texts.filter((text, index) => text !== texts[index - 1]);
    const tokens = mock.ledger()[0]?.usage?.outputTokens ?? 0;
    expect(once).toHaveLength(tokens);
    expect(texts).toHaveLength(tokens + Math.floor(tokens / 3));
    expect(mock.ledger()).toMatchObject([{ fault: 'duplicate', end: 'complete', chunksSent: chunks.length }]);
  });

  test('gets a page of HTML in place of an answer', async () => {
    const { mock, openai } = await meet({ kind: 'html-page', rate: 1 });
    const error = await errorOf(ask(openai));
    expect(error).toBeInstanceOf(Client.InternalServerError);
    expect(error.status).toBe(502);
    expect(error.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(error.headers.get('x-request-id')).toBe(null);
    mock.start({ schedule: always({ kind: 'html-page' as const, rate: 1, httpStatus: 200 }) });
    expect(await ask(openai)).toContain('<!DOCTYPE html>');
    await mock.settled();
    expect(mock.ledger()).toMatchObject([{ fault: 'html-page', status: 200, usage: null, end: 'complete' }]);
  });

  test('takes JSON that is labelled as HTML for a text', async () => {
    const { mock, openai } = await meet({ kind: 'content-type', rate: 1 });
    const { data, response } = await ask(openai).withResponse();
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(JSON.parse(String(data))).toMatchObject({ object: 'chat.completion' });
    mock.start({
      schedule: always({ kind: 'content-type' as const, rate: 1, contentType: 'text/plain; a=b' }),
    });
    const stream = await askForStream(openai).withResponse();
    expect(stream.response.headers.get('content-type')).toBe('text/plain; a=b');
    expect(await collect(stream.data)).not.toEqual([]);
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'content-type', status: 200, end: 'complete', usageSent: true },
    ]);
  });

  test('gets a huge body, and the answer at its end', async () => {
    const bytes = 5 * 2 ** 20 + 1;
    const { mock, openai } = await meet({ kind: 'huge-body', rate: 1, bytes });
    const { data, response } = await ask(openai).withResponse();
    expect(data.object).toBe('chat.completion');
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(bytes);
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { fault: 'huge-body', status: 200, end: 'complete', usageSent: true },
    ]);
  });

  test('is not told the usage, and the ledger knows it', async () => {
    const { mock, openai } = await meet({ kind: 'no-usage', rate: 1 });
    expect(await ask(openai)).not.toHaveProperty('usage');
    const chunks = await collect(await askForStream(openai));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
    const response = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    expect(response).not.toHaveProperty('usage');
    const events = await collect(
      await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true }),
    );
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error('not completed');
    expect(last.response).not.toHaveProperty('usage');
    expect(last.response.output).toHaveLength(1);
    expect(await openai.embeddings.create({ model: 'e', input: 'Hello' })).not.toHaveProperty('usage');
    await mock.settled();
    const ledger = mock.ledger();
    expect(ledger).toHaveLength(5);
    for (const entry of ledger) {
      expect(entry).toMatchObject({ fault: 'no-usage', end: 'complete', usageSent: false });
      expect(entry.usage?.inputTokens).toBeGreaterThan(0);
    }
    expect(ledger[3]?.chunksSent).toBe(events.length);
    expect(ledger[1]?.chunksSent).toBe(chunks.length);
  });

  test('gets an answer without headers', async () => {
    const { mock, openai } = await meet({ kind: 'no-headers', rate: 1 });
    const { data, response, request_id } = await ask(openai).withResponse();
    const names = [...response.headers.keys()];
    expect(
      names.filter((name) => /^(x-request-id|x-ratelimit-.*|openai-.*|content-type)$/.test(name)),
    ).toEqual([]);
    expect(request_id).toBe(null);
    expect(names).toContain('content-length');
    expect(JSON.parse(String(data))).toMatchObject({ object: 'chat.completion' });
    const headers = ['x-request-id', 'content-length'] as const;
    mock.start({ schedule: always({ kind: 'no-headers' as const, rate: 1, headers }) });
    const less = await ask(openai).withResponse();
    expect(less.data.object).toBe('chat.completion');
    expect(less.response.headers.get('content-length')).toBe(null);
    expect(less.response.headers.get('x-ratelimit-remaining-requests')).toBe('29999');
    await mock.settled();
    expect(mock.ledger()).toMatchObject([{ fault: 'no-headers', end: 'complete', usageSent: true }]);
  });

  test('is told a wrong time', async () => {
    const skewMs = -86_400_000;
    const clock = createFakeClock();
    const { mock, openai } = await meet({ kind: 'clock-skew', rate: 1, skewMs }, { clock, latency: instant });
    const wrongMs = clock.epochMs() + skewMs;
    const { data, response } = await ask(openai).withResponse();
    expect(data.created * 1_000).toBe(wrongMs);
    expect(Date.parse(response.headers.get('date') ?? '')).toBe(wrongMs);
    const chunks = await collect(await askForStream(openai));
    expect(chunks.map(({ created }) => created * 1_000)).toEqual(chunks.map(() => wrongMs));
    const { created_at } = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    expect(created_at * 1_000).toBe(wrongMs);
    await mock.settled();
    expect(mock.ledger().map(({ fault }) => fault)).toEqual(['clock-skew', 'clock-skew', 'clock-skew']);
  });

  test('has the body it should where a fault of streams or of whole answers does not fit', async () => {
    const { mock, openai } = await meet({ kind: 'malformed-body', rate: 1 });
    expect(await collect(await askForStream(openai))).not.toEqual([]);
    mock.setFaults([{ kind: 'malformed', rate: 1 }]);
    expect((await ask(openai)).object).toBe('chat.completion');
    await mock.settled();
    expect(mock.ledger()).toMatchObject([
      { phase: 'trouble', fault: null, end: 'complete' },
      { phase: 'by-hand', fault: null, end: 'complete' },
    ]);
  });
});
