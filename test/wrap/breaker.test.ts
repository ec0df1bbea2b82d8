import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLimiter } from '../../src/admit/limiter.ts';
import { type BreakerEvent, observe, TelltaleError, telltale } from '../../src/index.ts';
import { type MockOptions, startMock } from '../../src/mock/index.ts';
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

/** The breakers' clock stands still; chance makes every opening last as long as it may. */
function newClock() {
  return { ...createFakeClock(), random: () => 1 };
}

function newClient({ OpenAI }: World, url: string, options: ObserveOptions) {
  const openai = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0, logLevel: 'off' });
  Object.assign(openai, { calculateDefaultRetryTimeoutMillis: () => 1 });
  return observe(openai, options);
}

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};

type Client = ReturnType<typeof newClient>;

const caught = (openai: Client, model = request.model): Promise<unknown> =>
  openai.chat.completions.create({ ...request, model }).then(
    () => undefined,
    (error: unknown) => error,
  );

async function times<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < count; time++) results.push(await act());
  return results;
}

const ill = (status: 500 | 503 = 500) => [{ forMs: 600_000, faults: [{ status, rate: 1 }] }];
const calm = { schedule: [] };

/** Four that fail open it. */
const breaker = { minCalls: 4 };

describe.each(worlds)('a circuit breaker, openai $version', (world) => {
  test('refuses without a request once the provider is ill, and recovers by probes', async () => {
    const mock = await newMock({ schedule: ill() });
    const clock = newClock();
    const openai = newClient(world, mock.url, { breaker, clock });
    const told: BreakerEvent[] = [];
    telltale(openai).on('breaker', (event) => told.push(event));
    await times(4, () => caught(openai));
    await times(10, () => caught(openai));
    expect(mock.ledger()).toHaveLength(4);
    expect(telltale(openai).stats().outcomes).toMatchObject({ error: 4, refused: 10 });

    // Somebody tries, and finds it ill still.
    clock.advance(1_000);
    expect(await caught(openai)).toMatchObject({ status: 500, code: null });
    expect(await caught(openai)).toMatchObject({ status: 503, code: 'breaker_open' });
    expect(mock.ledger()).toHaveLength(5);

    mock.start(calm);
    clock.advance(2_000);
    expect(await times(10, () => caught(openai))).toEqual(Array.from({ length: 10 }));
    expect(mock.ledger()).toHaveLength(10);
    expect(telltale(openai).breakers()).toMatchObject([
      { model: 'gpt-5-mini', endpoint: 'chat', state: 'closed', retryInMs: 0, good: 3, ill: 0 },
    ]);
    const subject = { model: 'gpt-5-mini', endpoint: 'chat', operation: 'chat', serverAddress: '127.0.0.1' };
    expect(told).toEqual([
      { ...subject, from: 'closed', to: 'open', reason: 'failure_rate', retryInMs: 1_000 },
      { ...subject, from: 'open', to: 'half_open', reason: 'probing' },
      { ...subject, from: 'half_open', to: 'open', reason: 'probe_failed', retryInMs: 2_000 },
      { ...subject, from: 'open', to: 'half_open', reason: 'probing' },
      { ...subject, from: 'half_open', to: 'closed', reason: 'recovered' },
    ]);
  });

  test('refuses with what callers catch already, and says who refused and for how long', async () => {
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    await times(4, () => caught(openai));
    const error = await caught(openai);
    expect(error).toBeInstanceOf(world.OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'breaker_open', type: 'telltale' });
    const { cause, headers } = error as { cause: unknown; headers: Headers };
    expect(cause).toBeInstanceOf(TelltaleError);
    expect(cause).toMatchObject({
      code: 'breaker_open',
      breaker: 'chat gpt-5-mini',
      retryAfterMs: 1_000,
    });
    // This call has asked nobody, so nobody has answered it.
    expect(cause).not.toHaveProperty('cause');
    expect(headers.get('x-should-retry')).toBe('false');
    expect(headers.get('retry-after')).toBe('1');
  });

  test('is of one model: another goes on', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1, models: ['gpt-5-mini'] }] }],
    });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    await times(5, () => caught(openai));
    expect(await caught(openai, 'gpt-5')).toBeUndefined();
    expect(telltale(openai).breakers()).toMatchObject([
      { model: 'gpt-5-mini', state: 'open' },
      { model: 'gpt-5', state: 'closed' },
    ]);
  });

  test('never opens for a storm of 429, nor for what the caller did wrong', async () => {
    const mock = await newMock({ schedule: [{ forMs: 600_000, faults: [{ status: 429, rate: 1 }] }] });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    for (const error of await times(30, () => caught(openai))) expect(error).toMatchObject({ status: 429 });
    expect(mock.ledger()).toHaveLength(30);
    mock.start(calm);
    for (const error of await times(10, () => caught(openai, '')))
      expect(error).toMatchObject({ status: 400 });
    expect(
      telltale(openai)
        .breakers()
        ?.map(({ state, ill }) => ({ state, ill })),
    ).toEqual([
      { state: 'closed', ill: 0 },
      { state: 'closed', ill: 0 },
    ]);
  });

  test('ends the retries of a call as soon as it opens, and tells what the provider said last', async () => {
    const mock = await newMock({ schedule: ill(503) });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    const error = await openai.chat.completions
      .create(request, { maxRetries: 50 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: 'breaker_open' });
    const { cause } = error as { cause: { cause: unknown } };
    expect(cause.cause).toBeInstanceOf(world.OpenAI.InternalServerError);
    expect(cause.cause).toMatchObject({ status: 503 });
    expect((cause.cause as { headers: Headers }).headers.get('x-request-id')).not.toBeNull();
    expect(mock.ledger()).toHaveLength(4);
    expect(telltale(openai).stats().outcomes).toMatchObject({ refused: 1 });
  });

  test.each([
    ['connections that are reset', { kind: 'reset', rate: 1 } as const],
    ['streams that are reset', { kind: 'reset-midstream', afterChunks: 1, rate: 1 } as const],
    ['streams that end without a finish', { kind: 'cut', afterChunks: 1, rate: 1 } as const],
  ])('opens for %s', async (_name, fault) => {
    const mock = await newMock({ schedule: [{ forMs: 600_000, faults: [fault] }] });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    const read = async (): Promise<void> => {
      for await (const _chunk of await openai.chat.completions.create({ ...request, stream: true }));
    };
    await times(4, () => read().catch(() => undefined));
    expect(mock.ledger()).toHaveLength(4);
    await expect(read()).rejects.toMatchObject({ code: 'breaker_open' });
    expect(mock.ledger()).toHaveLength(4);
  });

  test('opens for time-outs, and not for what the caller stops', async () => {
    const mock = await newMock({ schedule: [{ forMs: 600_000, faults: [{ delayMs: 60_000, rate: 1 }] }] });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    const stop = async (): Promise<unknown> => {
      const abort = new AbortController();
      const before = mock.ledger().length;
      const call = openai.chat.completions.create(request, { signal: abort.signal });
      const failed = call.catch((error: unknown) => error);
      await vi.waitFor(() => expect(mock.ledger()).toHaveLength(before + 1));
      abort.abort();
      return await failed;
    };
    for (const error of await times(6, stop)) expect(error).toBeInstanceOf(world.OpenAI.APIUserAbortError);
    expect(telltale(openai).breakers()).toMatchObject([{ state: 'closed', ill: 0 }]);
    const time = (): Promise<unknown> =>
      openai.chat.completions.create(request, { timeout: 30 }).catch((error: unknown) => error);
    for (const error of await times(4, time))
      expect(error).toBeInstanceOf(world.OpenAI.APIConnectionTimeoutError);
    expect(await time()).toMatchObject({ code: 'breaker_open' });
  });

  test('lets one at a time probe: the others are refused meanwhile, also when the probe is never heard of', async () => {
    const mock = await newMock({ schedule: ill() });
    const clock = newClock();
    const openai = newClient(world, mock.url, { breaker, clock });
    await times(4, () => caught(openai));
    mock.start(calm);
    clock.advance(1_000);
    // A stream that nobody reads never ends.
    const unread = await openai.chat.completions.create({ ...request, stream: true });
    expect(await caught(openai)).toMatchObject({ code: 'breaker_open' });
    expect(telltale(openai).breakers()).toMatchObject([{ state: 'half_open' }]);
    clock.advance(5_000);
    expect(await caught(openai)).toBeUndefined();
    expect(unread.controller.signal.aborted).toBe(false);
    unread.controller.abort();
  });

  test('is asked again after a wait for a limit, in which it may have opened', async () => {
    const mock = await newMock({ schedule: ill() });
    const clock = newClock();
    const limiter = createLimiter({ limits: [{ requests: 4, per: 'minute' }], clock });
    const openai = newClient(world, mock.url, { breaker: { ...breaker, openMs: 600_000 }, limiter, clock });
    await times(3, () => caught(openai));
    const last = caught(openai);
    const waited = caught(openai);
    await vi.waitFor(() => expect(limiter.stats().waiting.medium).toBe(1));
    expect(await last).toMatchObject({ status: 500 });
    clock.advance(62_000);
    expect(await waited).toMatchObject({ code: 'breaker_open' });
    expect(mock.ledger()).toHaveLength(4);
    // What it had taken of the limit is given back.
    expect(limiter.stats()).toMatchObject({ inFlight: 0 });
    expect(limiter.stats().limits).toMatchObject([{ used: 0 }]);
  });

  test('is free for the next probe when one is stopped while it waits for a limit', async () => {
    const mock = await newMock({ schedule: ill() });
    const clock = newClock();
    const openai = newClient(world, mock.url, {
      breaker,
      limits: [{ requests: 4, per: 'minute' }],
      queue: { maxWaiting: 1 },
      clock,
    });
    await times(4, () => caught(openai));
    clock.advance(1_000);
    const abort = new AbortController();
    const probe = openai.chat.completions.create(request, { signal: abort.signal });
    const stopped = expect(probe).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    expect(await caught(openai)).toMatchObject({ code: 'breaker_open' });
    abort.abort();
    await stopped;
    const next = caught(openai);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    mock.start(calm);
    clock.advance(62_000);
    expect(await next).toBeUndefined();
  });

  test('goes on for a call that was flushed while it probes, and for those after it', async () => {
    const mock = await newMock({ schedule: ill() });
    const clock = newClock();
    const openai = newClient(world, mock.url, { breaker, limits: [{ requests: 4, per: 'minute' }], clock });
    await times(4, () => caught(openai));
    mock.start(calm);
    clock.advance(1_000);
    const flushed = caught(openai);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    await telltale(openai).flush();
    clock.advance(62_000);
    expect(await flushed).toBeUndefined();
    expect(await times(3, () => caught(openai))).toEqual([undefined, undefined, undefined]);
  });

  test('is not held up by a listener that throws', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    telltale(openai).on('breaker', () => {
      throw new Error('mine');
    });
    await times(4, () => caught(openai));
    expect(await caught(openai)).toMatchObject({ code: 'breaker_open' });
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      expect.stringContaining("A listener for 'breaker' failed and is ignored"),
    ]);
  });

  test('does not wait for a limit while it is open', async () => {
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, {
      breaker,
      limits: [{ requests: 4, per: 'minute' }],
      clock: newClock(),
    });
    await times(4, () => caught(openai));
    expect(await caught(openai)).toMatchObject({ code: 'breaker_open' });
    expect(telltale(openai).limits()).toMatchObject({ admitted: 4, inFlight: 0 });
  });

  test('is shared by clients made from one', async () => {
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    await times(4, () => caught(openai));
    expect(await caught(openai.withOptions({ timeout: 10_000 }))).toMatchObject({ code: 'breaker_open' });
  });

  test('does not mind what is asked of no model', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    await openai.models.list();
    expect(telltale(openai).breakers()).toEqual([]);
  });

  test('says nothing where there is none', async () => {
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, {});
    expect(telltale(openai).breakers()).toBeUndefined();
    for (const error of await times(25, () => caught(openai))) expect(error).toMatchObject({ status: 500 });
  });

  test('is seen on spans and metrics', async () => {
    const sdk = registerMetrics();
    onTestFinished(() => sdk.stop());
    const book = new SpanBook();
    onTestFinished(() => book.close());
    const mock = await newMock({ schedule: ill() });
    const openai = newClient(world, mock.url, { breaker, clock: newClock() });
    await times(6, () => caught(openai));
    const points = await sdk.points();
    const gauge = points.filter(({ name }) => name === 'telltale.breaker.state');
    expect(gauge).toMatchObject([
      { value: 2, attributes: { 'gen_ai.request.model': 'gpt-5-mini', 'gen_ai.operation.name': 'chat' } },
    ]);
    const refusals = points.filter(({ name }) => name === 'telltale.refusals');
    expect(refusals).toMatchObject([
      {
        value: 2,
        attributes: {
          'gen_ai.request.model': 'gpt-5-mini',
          'gen_ai.operation.name': 'chat',
          'telltale.reason': 'breaker_open',
        },
      },
    ]);
    const refused = book.own.filter(({ attributes }) => attributes['telltale.outcome'] === 'refused');
    expect(refused).toHaveLength(2);
    expect(refused[0]?.attributes).toMatchObject({ 'error.type': 'breaker_open', 'telltale.attempts': 0 });
  });
});

test('a breaker that makes no sense is refused at set-up', () => {
  for (const { OpenAI } of worlds) {
    const observed = () =>
      observe(new OpenAI({ apiKey: 'none' }), { breaker: { openMs: 9_000, maxOpenMs: 10 } });
    expect(observed).toThrow(
      'Expected `options.breaker.maxOpenMs` to be at least `openMs`, which is 9000, got `10`',
    );
  }
});
