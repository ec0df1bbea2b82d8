import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Call, observe, telltale } from '../../src/index.ts';
import { type Mock, type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { SpanBook } from '../contract/span-book.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { registerMetrics } from '../observe/support.ts';

async function newMock(options: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

/** A server that answers as it is told, and notes what it was asked. */
async function newServer(answer: (path: string, response: ServerResponse, time: number) => void) {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().on('end', () => answer(request.url ?? '', response, asked.push(request.url ?? '')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const fail = (status: number) => (_path: string, response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
const completion = JSON.stringify({
  id: 'c-1',
  object: 'chat.completion',
  model: 'of-the-other',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const answerWell = (_path: string, response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(completion);

function bareClient({ OpenAI }: World, url: string) {
  const openai = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0, logLevel: 'off' });
  Object.assign(openai, { calculateDefaultRetryTimeoutMillis: () => 1 });
  return openai;
}

const request = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hello' }] };
const fallback = { 'gpt-5': ['gpt-5-mini'] };

/** The first model fails; the others are well. */
const illModel = (fault: object = { status: 503 }): MockOptions => ({
  schedule: [{ forMs: 600_000, faults: [{ rate: 1, models: ['gpt-5'], ...fault } as never] }],
});

const asked = (mock: Mock) => mock.ledger().map(({ model }) => model);

/** The client, and the calls that it tells of. */
function newClient(world: World, url: string, options: ObserveOptions) {
  const openai = observe(bareClient(world, url), options);
  const calls: Readonly<Call>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  return { openai, calls };
}

describe.each(worlds)('fallback, openai $version', (world) => {
  test('asks the next model once all retries are spent, and tells where the call went', async () => {
    const sdk = registerMetrics();
    onTestFinished(() => sdk.stop());
    const book = new SpanBook();
    onTestFinished(() => book.close());
    const mock = await newMock(illModel());
    const { openai, calls } = newClient(world, mock.url, { fallback });
    const answer = await openai.chat.completions.create(request, { maxRetries: 1 });
    expect(answer.model).toMatch(/^gpt-5-mini/);
    expect(asked(mock)).toEqual(['gpt-5', 'gpt-5', 'gpt-5-mini']);
    const [port] = mock.url.match(/\d{4,}/) ?? [];
    const where = {
      model: 'gpt-5-mini',
      reason: 'ill',
      serverAddress: '127.0.0.1',
      serverPort: Number(port),
    };
    expect(calls).toMatchObject([
      {
        outcome: 'ok',
        attempts: 3,
        fallbacks: [where],
        request: { model: 'gpt-5' },
        usage: { source: 'provider' },
      },
    ]);
    expect(telltale(openai).stats()).toMatchObject({ calls: 1, outcomes: { ok: 1 } });
    expect(telltale(openai).openCalls()).toBe(0);

    expect(book.ended.length).toBe(book.started.length);
    const spans = book.own.map(({ name, attributes }) => [
      name,
      attributes['telltale.fallback.model'],
      attributes['http.response.status_code'],
    ]);
    expect(spans).toEqual([
      ['chat gpt-5', 'gpt-5-mini', undefined],
      ['POST /chat/completions', undefined, 503],
      ['backoff', undefined, undefined],
      ['POST /chat/completions', undefined, 503],
      ['POST /chat/completions', 'gpt-5-mini', 200],
    ]);
    expect(book.own[0]?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': answer.model,
      'telltale.fallback.reason': 'ill',
      'telltale.outcome': 'ok',
    });
    const attempts = (await sdk.points()).filter(({ name }) => name === 'telltale.attempts');
    expect(
      attempts.map(({ value, attributes }) => [attributes['gen_ai.request.model'], value]).sort(),
    ).toEqual([
      ['gpt-5', 2],
      ['gpt-5-mini', 1],
    ]);
  });

  test('serves streams, and hides the usage that was asked for only by us', async () => {
    const mock = await newMock(illModel());
    const { openai, calls } = newClient(world, mock.url, { fallback, streamUsage: 'ask' });
    const models = new Set<string>();
    for await (const chunk of await openai.chat.completions.create({ ...request, stream: true })) {
      models.add(chunk.model);
      expect(chunk.choices).toHaveLength(1);
    }
    expect([...models]).toEqual([expect.stringMatching(/^gpt-5-mini/)]);
    expect(calls).toMatchObject([{ outcome: 'ok', usage: { source: 'provider' } }]);
  });

  test('asks another client for the usage of its stream too, and keeps it from the caller', async () => {
    const mock = await newMock(illModel());
    const { openai, calls } = newClient(world, mock.url, {
      streamUsage: 'ask',
      fallback: { 'gpt-5': [{ client: bareClient(world, mock.url), model: 'gpt-5-mini' }] },
    });
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    for await (const chunk of stream) expect(chunk.choices).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'ok', usage: { source: 'provider' } }]);
  });

  test.each([
    ['a rate limit', { status: 429 }, 'throttled'],
    ['a connection that is reset', { kind: 'reset' }, 'ill'],
  ])('goes on after %s', async (_name, fault, reason) => {
    const mock = await newMock(illModel(fault));
    const { openai, calls } = newClient(world, mock.url, { fallback });
    await openai.chat.completions.create(request);
    expect(calls).toMatchObject([{ outcome: 'ok', fallbacks: [{ model: 'gpt-5-mini', reason }] }]);
  });

  test('goes on at once while a circuit breaker is open', async () => {
    const mock = await newMock(illModel());
    const clock = { ...createFakeClock(), random: () => 1 };
    const { openai, calls } = newClient(world, mock.url, { fallback, breaker: { minCalls: 2 }, clock });
    for (let call = 0; call < 4; call++) await openai.chat.completions.create(request);
    const mini = 'gpt-5-mini';
    expect(asked(mock)).toEqual(['gpt-5', mini, 'gpt-5', mini, mini, mini]);
    expect(calls.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['ok', 2],
      ['ok', 2],
      ['ok', 1],
      ['ok', 1],
    ]);
    expect(telltale(openai).breakers()).toMatchObject([
      { model: 'gpt-5', state: 'open' },
      { model: mini, state: 'closed', good: 4, ill: 0 },
    ]);
  });

  test('goes on where a limit of the first model has no room', async () => {
    const mock = await newMock();
    const { openai, calls } = newClient(world, mock.url, {
      fallback,
      limits: [{ requests: 1, per: 'minute', models: ['gpt-5'] }],
      queue: { maxWaiting: 0 },
      clock: createFakeClock(),
    });
    await openai.chat.completions.create(request);
    await openai.chat.completions.create(request);
    expect(asked(mock)).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(calls[1]).toMatchObject({ outcome: 'ok', fallbacks: [{ reason: 'throttled' }], attempts: 1 });
    expect(telltale(openai).limits()).toMatchObject({ admitted: 2, inFlight: 0 });
  });

  test('fails with what the last one said, once, where nobody answers', async () => {
    const mock = await newMock({ schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1 }] }] });
    const { openai, calls } = newClient(world, mock.url, { fallback: { 'gpt*': ['a', 'b'] } });
    await expect(openai.chat.completions.create(request)).rejects.toBeInstanceOf(
      world.OpenAI.InternalServerError,
    );
    expect(asked(mock)).toEqual(['gpt-5', 'a', 'b']);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'overloaded', attempts: 3 }]);
    expect(calls[0]?.fallbacks?.map(({ model }) => model)).toEqual(['a', 'b']);
    expect(telltale(openai).openCalls()).toBe(0);
  });

  test('does not go on after what the caller did wrong', async () => {
    const server = await newServer(fail(400));
    const { openai, calls } = newClient(world, server.url, { fallback });
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 400 });
    expect(server.asked).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'invalid_request' }]);
    expect(calls[0]).not.toHaveProperty('fallbacks');
  });

  test('does not go on after an abort', async () => {
    const mock = await newMock(illModel({ delayMs: 60_000 }));
    const { openai, calls } = newClient(world, mock.url, { fallback });
    const abort = new AbortController();
    const call = openai.chat.completions.create(request, { signal: abort.signal });
    const failed = expect(call).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(mock.ledger()).toHaveLength(1));
    abort.abort();
    await failed;
    expect(mock.ledger()).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'cancelled' }]);
  });

  test('does not go on once an answer has begun', async () => {
    const mock = await newMock(illModel({ kind: 'reset-midstream', afterChunks: 1 }));
    const { openai, calls } = newClient(world, mock.url, { fallback });
    const read = async (): Promise<void> => {
      for await (const _chunk of await openai.chat.completions.create({ ...request, stream: true }));
    };
    await expect(read()).rejects.toThrow();
    expect(asked(mock)).toEqual(['gpt-5']);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'connection_error' }]);
  });

  test('asks another client, which is observed with this one from then on', async () => {
    const first = await newServer(fail(500));
    const second = await newMock();
    const other = bareClient(world, second.url);
    const { openai, calls } = newClient(world, first.url, {
      fallback: { 'gpt-5': [{ client: other, model: 'gpt-5-eu' }] },
      limits: [{ requests: 1, per: 'minute' }],
      clock: createFakeClock(),
    });
    const answer = await openai.chat.completions.create(request);
    expect(answer.model).toMatch(/^gpt-5-eu/);
    expect(asked(second)).toEqual(['gpt-5-eu']);
    const [port] = second.url.match(/\d{4,}/) ?? [];
    expect(calls).toMatchObject([
      { outcome: 'ok', attempts: 2, fallbacks: [{ model: 'gpt-5-eu', serverPort: Number(port) }] },
    ]);
    // The limits are those of the first one's quota.
    expect(telltale(openai).limits()).toMatchObject({ admitted: 1, inFlight: 0 });
    expect(telltale(other)).toBe(telltale(openai));
  });

  test('asks another client by its own limits, retries and breakers', async () => {
    const first = await newServer(fail(500));
    const second = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1 }] }],
    });
    const other = observe(bareClient(world, second.url).withOptions({ maxRetries: 2 }), {
      limits: [{ requests: 5, per: 'minute' }],
      breaker: { minCalls: 5 },
      clock: { ...createFakeClock(), random: () => 1 },
    });
    Object.assign(other, { calculateDefaultRetryTimeoutMillis: () => 1 });
    const { openai, calls } = newClient(world, first.url, { fallback: { '*': [{ client: other }] } });
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 503 });
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ code: 'breaker_open' });
    expect(asked(second)).toEqual(Array.from({ length: 5 }, () => 'gpt-5'));
    expect(telltale(other).limits()).toMatchObject({ admitted: 5, inFlight: 0 });
    expect(calls.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['error', 4],
      ['refused', 3],
    ]);
    expect(telltale(openai).stats().calls).toBe(2);
    expect(telltale(other).stats().calls).toBe(0);
  });

  test('asks Azure for the deployment of the next model', async () => {
    const server = await newServer((path, response) =>
      path.includes('/gpt-5/') ? fail(503)(path, response) : answerWell(path, response),
    );
    const azure = new world.AzureOpenAI({
      apiKey: 'none',
      apiVersion: '2024-10-21',
      endpoint: server.url,
      maxRetries: 0,
    });
    const openai = observe(azure, { fallback });
    await openai.chat.completions.create(request);
    expect(server.asked.map((path) => path.split('?')[0])).toEqual([
      '/openai/deployments/gpt-5/chat/completions',
      '/openai/deployments/gpt-5-mini/chat/completions',
    ]);
  });

  test('leaves alone what names no model, or one without a list', async () => {
    const server = await newServer(fail(500));
    const { openai } = newClient(world, server.url, { fallback });
    await expect(openai.models.list()).rejects.toMatchObject({ status: 500 });
    await expect(openai.chat.completions.create({ ...request, model: 'o3' })).rejects.toMatchObject({
      status: 500,
    });
    expect(server.asked).toHaveLength(2);
  });

  test('goes on for a call that was flushed, though nothing more is told of it', async () => {
    let release: (() => void) | undefined;
    const server = await newServer((path, response, time) => {
      if (time > 1) answerWell(path, response);
      else release = () => fail(503)(path, response);
    });
    const { openai, calls } = newClient(world, server.url, { fallback, breaker: {} });
    const answer = openai.chat.completions.create(request);
    await vi.waitFor(() => expect(release).toBeDefined());
    expect(await telltale(openai).flush()).toBe(1);
    release?.();
    expect((await answer).model).toBe('of-the-other');
    expect(calls).toMatchObject([{ outcome: 'abandoned', errorType: 'flushed', attempts: 1 }]);
    expect(calls[0]).not.toHaveProperty('fallbacks');
  });

  test('serves clients made from one', async () => {
    const mock = await newMock(illModel());
    const { openai } = newClient(world, mock.url, { fallback });
    const answer = await openai.withOptions({ timeout: 10_000 }).chat.completions.create(request);
    expect(answer.model).toMatch(/^gpt-5-mini/);
  });

  test('gives the response of whoever answered', async () => {
    const mock = await newMock(illModel());
    const { openai } = newClient(world, mock.url, { fallback });
    const { data, response } = await openai.chat.completions.create(request).withResponse();
    expect(response.status).toBe(200);
    expect(data.model).toMatch(/^gpt-5-mini/);
    expect((await openai.chat.completions.create(request).asResponse()).ok).toBe(true);
  });
});

test('a body that stalls is asked for again where it came from', async () => {
  const world = worlds.find(({ major }) => major === 7);
  if (!world) throw new Error('openai 7 is not installed');
  const first = await newServer(fail(500));
  const second = await newServer((path, response, time) => {
    if (time > 1) answerWell(path, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).write(completion.slice(0, 20));
  });
  const other = bareClient(world, second.url).withOptions({ timeout: 100, maxRetries: 1 });
  const { openai, calls } = newClient(world, first.url, { fallback: { '*': [{ client: other }] } });
  const answer = await openai.chat.completions.create(request);
  expect(answer.model).toBe('of-the-other');
  expect(first.asked).toHaveLength(1);
  expect(second.asked).toHaveLength(2);
  expect(calls).toMatchObject([{ outcome: 'ok', attempts: 3 }]);
});

describe('a fallback that makes no sense is refused at set-up', () => {
  const [six, , seven] = worlds;
  if (!six || !seven) throw new Error('openai is not installed');
  const url = 'http://127.0.0.1:1';

  test.each([
    ['no client', () => ({})],
    ['a client of another major version', () => bareClient(six, url)],
  ])('%s', (_name, client) => {
    const observed = () => observe(bareClient(seven, url), { fallback: { a: [{ client: client() }] } });
    expect(observed).toThrow(
      'Expected `options.fallback["a"][0].client` to be an OpenAI client of the same major version',
    );
  });

  test('a client that cannot be observed', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const frozen = Object.freeze(bareClient(seven, url));
    const openai = bareClient(seven, url);
    expect(() => observe(openai, { fallback: { a: [{ client: frozen }] } })).toThrow('options.fallback');
    expect(() => telltale(openai)).toThrow('not observed');
  });

  test('the same options again are no other options', () => {
    const other = bareClient(seven, url);
    const openai = observe(bareClient(seven, url), { fallback: { a: [{ client: other }] } });
    expect(observe(openai, { fallback: { a: [{ client: other }] } })).toBe(openai);
    expect(() => observe(openai, { fallback: { a: [{ client: bareClient(seven, url) }] } })).toThrow(
      'already observed',
    );
  });
});
