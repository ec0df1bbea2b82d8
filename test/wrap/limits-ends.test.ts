import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TokenEstimator } from '../../src/admit/estimate-tokens.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { callWith, observe, type Throttle, telltale } from '../../src/index.ts';
import { type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { SpanBook } from '../contract/span-book.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { registerMetrics } from '../observe/support.ts';

const minuteMs = 60_000;

async function newMock(options: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

function newClient({ OpenAI }: World, url: string, options: ObserveOptions) {
  return observe(new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 2, logLevel: 'off' }), options);
}

function newBook(): SpanBook {
  const book = new SpanBook();
  onTestFinished(() => book.close());
  return book;
}

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};

describe.each(worlds)('a limited call of openai $version', (world) => {
  test('that went at once shows no wait, on a real clock too', async () => {
    const book = newBook();
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 100, per: 'minute' }] });
    const told: Throttle[] = [];
    telltale(openai).on('throttle', (throttle) => told.push(throttle));
    await openai.chat.completions.create(request);
    expect(book.own.map(({ name }) => name)).toEqual(['chat gpt-5-mini', 'POST /chat/completions']);
    expect(book.own[0]?.attributes).not.toHaveProperty('telltale.throttle.ms');
    expect(told).toHaveLength(1);
    expect(told[0]?.endedMs).toBe(told[0]?.startedMs);
  });

  test('that is flushed while it waits goes on, and leaves nothing open', async () => {
    const book = newBook();
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], clock });
    await openai.chat.completions.create(request);
    const second = openai.chat.completions.create(request);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    await telltale(openai).flush();
    clock.advance(minuteMs + 2_000);
    await second;
    expect(mock.ledger()).toHaveLength(2);
    expect(book.ended.length).toBe(book.started.length);
    expect(telltale(openai).stats()).toMatchObject({ outcomes: { abandoned: 1 } });
    expect(telltale(openai).limits()).toMatchObject({ admitted: 2, inFlight: 0 });
  });

  test('that is flushed is held for its retries all the same', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 500, rate: 1 }] }],
    });
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 2, per: 'minute' }], clock });
    Object.assign(openai, { calculateDefaultRetryTimeoutMillis: () => 1 });
    const off = telltale(openai).on('attempt', () => {
      off();
      queueMicrotask(() => void telltale(openai).flush());
    });
    const failed = expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 500 });
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    expect(mock.ledger()).toHaveLength(2);
    clock.advance(minuteMs + 2_000);
    await failed;
    expect(mock.ledger()).toHaveLength(3);
    expect(telltale(openai).limits()).toMatchObject({ admitted: 3, inFlight: 0 });
  });

  test('that is aborted in the wait before a retry ends once, and gives nothing away', async () => {
    const book = newBook();
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 500, rate: 1 }] }],
    });
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], clock });
    Object.assign(openai, { calculateDefaultRetryTimeoutMillis: () => 1 });
    const abort = new AbortController();
    const failed = expect(
      openai.chat.completions.create(request, { signal: abort.signal }),
    ).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    abort.abort();
    await failed;
    expect(telltale(openai).limits()).toMatchObject({
      inFlight: 0,
      waiting: { medium: 0 },
      refusals: { aborted: 1 },
    });
    expect(telltale(openai).stats().outcomes.cancelled).toBe(1);
    expect(book.ended.length).toBe(book.started.length);
    expect(book.own.map(({ name }) => name)).toContain('throttle');
    expect(clock.waiting()).toBe(0);
  });

  test('whose listeners throw is admitted and settled all the same', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 10, per: 'minute' }] });
    for (const event of ['throttle', 'attempt', 'call'] as const)
      telltale(openai).on(event, () => {
        throw new Error('mine');
      });
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await openai.chat.completions.create(request);
    warned.mockRestore();
    expect(telltale(openai).limits()).toMatchObject({ admitted: 1, inFlight: 0 });
  });
});

test.each([
  [{ n: 4 }, 'sum', 202],
  [{ n: 4 }, 'max', 200],
  [{ n: 1, best_of: 3 }, 'max', 150],
  [{ n: null }, 'max', 50],
  [{ n: Number.NaN, max_completion_tokens: 7.5 }, 'max', 8],
  [{ max_completion_tokens: null }, 'max', 1_000],
  [{ max_completion_tokens: -1 }, 'max', 1_000],
] as const)('a request with %j reserves, by the rule %s, %i tokens', (more, reserve, tokens) => {
  const body = { model: 'm', messages: 'Hi there', max_completion_tokens: 50, ...more };
  expect(new TokenEstimator({ reserve }).estimate(body, 'chat').tokens).toBe(tokens);
});

test('what is not said inside `callWith` stays as it was said around it', async () => {
  const mock = await newMock();
  const [world] = worlds;
  if (!world) throw new Error('no client');
  const openai = newClient(world, mock.url, { limits: [{ requests: 10, per: 'minute' }] });
  const told: Throttle[] = [];
  telltale(openai).on('throttle', (throttle) => told.push(throttle));
  await callWith({ priority: 'high', user: 'u' }, () =>
    callWith({ priority: undefined, project: 'p' } as never, () => openai.chat.completions.create(request)),
  );
  expect(told).toMatchObject([{ priority: 'high' }]);
});

describe('gauges of limiters', () => {
  test('are there once for two clients with one limiter, and of two limiters tell of the fuller', async () => {
    const mock = await newMock();
    const [world] = worlds;
    if (!world) throw new Error('no client');
    const sdk = registerMetrics();
    onTestFinished(async () => {
      await sdk.stop();
    });
    const shared = createLimiter({ limits: [{ requests: 10, per: 'minute' }] });
    class Own {
      readonly #limiter = createLimiter({ limits: [{ requests: 20, per: 'minute' }] });
      acquire(...args: Parameters<typeof shared.acquire>) {
        return this.#limiter.acquire(...args);
      }
      learn(...args: Parameters<typeof shared.learn>) {
        this.#limiter.learn(...args);
      }
      stats() {
        return this.#limiter.stats();
      }
      close() {
        return this.#limiter.close();
      }
    }
    const own = new Own();
    const clients = [shared, shared, own].map((limiter) => newClient(world, mock.url, { limiter }));
    const call = (index: number) =>
      callWith({ user: 'u-secret', project: 'p-secret' }, () =>
        clients[index]?.chat.completions.create(request),
      );
    for (const index of [0, 0, 1, 1, 2, 2]) await call(index);
    const points = await sdk.points();
    const of = (name: string) => points.filter((point) => point.name === name);
    expect(of('telltale.quota.used').map(({ value }) => value)).toEqual([4]);
    expect(of('telltale.quota.limit').map(({ value }) => value)).toEqual([10]);
    expect(of('telltale.queue.depth')).toHaveLength(3);
    const [one, other] = [shared.stats().estimate, own.stats().estimate];
    expect([one.settled, other.settled]).toEqual([4, 2]);
    const error = ((one.meanError ?? 0) * 4 + (other.meanError ?? 0) * 2) / 6;
    expect(error).toBeGreaterThan(0);
    expect(of('telltale.estimate.error').map(({ value }) => value)).toEqual([expect.closeTo(error)]);
    // There is no store.
    expect(of('telltale.store.round_trips')).toEqual([]);
    expect(JSON.stringify(points)).not.toContain('secret');
  });
});
