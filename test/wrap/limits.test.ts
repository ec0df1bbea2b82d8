import { trace } from '@opentelemetry/api';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLimiter } from '../../src/admit/limiter.ts';
import { callWith, observe, TelltaleError, type Throttle, telltale } from '../../src/index.ts';
import { mapCalls } from '../../src/limiter.ts';
import { type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { SpanBook } from '../contract/span-book.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

const minuteMs = 60_000;

async function newMock(options: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

function newClient({ OpenAI }: World, url: string, options: ObserveOptions) {
  return observe(new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 2 }), options);
}

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};

describe.each(worlds)('limits of an observed client, openai $version', (world) => {
  test('hold a call until there is room, before anything is sent', async () => {
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], clock });
    await openai.chat.completions.create(request);
    const second = openai.chat.completions.create(request);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    expect(mock.ledger()).toHaveLength(1);
    clock.advance(minuteMs + 2_000);
    await second;
    expect(mock.ledger()).toHaveLength(2);
    const stats = telltale(openai).limits();
    expect(stats).toMatchObject({ admitted: 2, inFlight: 0, waiting: { high: 0, medium: 0, low: 0 } });
    expect(stats?.waitMs.medium.max).toBe(minuteMs + 2_000);
  });

  test('are settled by what the provider counted', async () => {
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ tokens: 5_000, per: 'minute' }], clock });
    const answer = await openai.chat.completions.create({ ...request, max_completion_tokens: 4_000 });
    const { limits, estimate } = telltale(openai).limits() ?? {};
    expect(estimate).toMatchObject({
      settled: 1,
      reservedTokens: 4_000,
      usedTokens: answer.usage?.total_tokens,
    });
    expect(limits?.[0]?.used).toBe(answer.usage?.total_tokens);
  });

  test('admit every retry anew, and count what was turned down as a request of no tokens', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 429, rate: 1, retryAfterMs: 1 }] }],
    });
    const openai = newClient(world, mock.url, {
      limits: [
        { requests: 10, per: 'minute' },
        { tokens: 5_000, per: 'minute' },
      ],
    });
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 429 });
    const stats = telltale(openai).limits();
    expect(stats?.admitted).toBe(3);
    const [requests, tokens] = stats?.limits ?? [];
    // What the 429s say of others' use counts beside the three.
    expect((requests?.used ?? 0) - (requests?.foreign ?? 0)).toBe(3);
    expect(tokens?.used).toBe(0);
  });

  test('give back everything where nothing could be sent', async () => {
    const openai = newClient(world, 'http://127.0.0.1:1/v1', { limits: [{ requests: 10, per: 'minute' }] });
    await expect(openai.chat.completions.create(request, { maxRetries: 0 })).rejects.toThrow();
    const stats = telltale(openai).limits();
    expect(stats?.inFlight).toBe(0);
  });

  test('take an aborted call out of the queue, with the error of the client', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }] });
    await openai.chat.completions.create(request);
    const abort = new AbortController();
    const second = openai.chat.completions.create(request, { signal: abort.signal });
    const failed = expect(second).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    abort.abort();
    await failed;
    expect(telltale(openai).limits()).toMatchObject({ waiting: { medium: 0 }, refusals: { aborted: 1 } });
    expect(telltale(openai).stats().outcomes.cancelled).toBe(1);
    expect(mock.ledger()).toHaveLength(1);
  });

  test('refuse with an error that callers catch already, and that says who refused', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, {
      limits: [{ requests: 1, per: 'minute' }],
      queue: { maxWaiting: 0 },
    });
    await openai.chat.completions.create(request);
    const error: unknown = await openai.chat.completions.create(request).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(world.OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'queue_full', type: 'telltale' });
    const { cause, headers } = error as { cause: unknown; headers: Headers };
    expect(cause).toBeInstanceOf(TelltaleError);
    expect(cause).toMatchObject({ code: 'queue_full', limit: 'requests/minute' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect(telltale(openai).stats().outcomes.refused).toBe(1);
    expect(mock.ledger()).toHaveLength(1);
  });

  test('refuse at once what could never go, with the arithmetic', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ tokens: 1_000, per: 'minute' }] });
    await expect(
      openai.chat.completions.create({ ...request, max_completion_tokens: 3_500 }),
    ).rejects.toThrow('This call asks for 3,500 tokens, and `tokens/minute` holds 1,000');
    expect(mock.ledger()).toHaveLength(0);
  });

  test('let a call of high priority go first', async () => {
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], clock });
    await openai.chat.completions.create(request);
    const order: string[] = [];
    const ask = (priority: 'low' | 'high') =>
      callWith({ priority }, () => openai.chat.completions.create(request)).then(() => order.push(priority));
    const both = [ask('low')];
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.low).toBe(1));
    both.push(ask('high'));
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.high).toBe(1));
    clock.advance(minuteMs + 2_000);
    await both[1];
    clock.advance(minuteMs + 2_000);
    await both[0];
    expect(order).toEqual(['high', 'low']);
  });

  test('take the priority of a bulk of calls from it', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 10, per: 'minute' }] });
    const told: Throttle[] = [];
    telltale(openai).on('throttle', (throttle) => told.push(throttle));
    const ask = () => openai.chat.completions.create(request);
    await mapCalls([1, 2], ask, { priority: 'low' });
    await callWith({ priority: 'high' }, () => mapCalls([3], ask));
    expect(told.map(({ priority }) => priority)).toEqual(['low', 'low', 'high']);
  });

  test('are shared by clients that are given one limiter, and by clients made from one', async () => {
    const mock = await newMock();
    const limiter = createLimiter({ limits: [{ requests: 3, per: 'minute' }], queue: { maxWaiting: 0 } });
    const one = newClient(world, mock.url, { limiter });
    const other = newClient(world, mock.url, { limiter });
    await one.chat.completions.create(request);
    await other.chat.completions.create(request);
    await one.withOptions({ timeout: 10_000 }).chat.completions.create(request);
    await expect(other.chat.completions.create(request)).rejects.toMatchObject({ code: 'queue_full' });
  });

  test('do not hold what is not asked of a model', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, {
      limits: [{ requests: 1, per: 'minute' }],
      queue: { maxWaiting: 0 },
    });
    await openai.models.list();
    await openai.models.list();
    await openai.chat.completions.create(request);
    expect(telltale(openai).limits()?.admitted).toBe(1);
  });

  test('learn from what the provider says: headers, refusals, and how long answers are', async () => {
    const mock = await newMock({ limits: [{ requests: 2, per: 'minute' }] });
    const openai = newClient(world, mock.url, {
      limits: [{ requests: 10, per: 'minute' }],
      queue: { maxWaiting: 0 },
    });
    await openai.chat.completions.create(request);
    const { limits, learning } = telltale(openai).limits() ?? {};
    // The provider holds 2 a minute, and ours was thought to be 10.
    expect(limits?.[0]?.quota).toBe(2);
    expect(learning?.headersRead).toBe(1);
    await openai.chat.completions.create(request);
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ code: 'queue_full' });
    expect(mock.ledger()).toHaveLength(2);
  });

  test('wait as long as a 429 says, before any call of that model is sent', async () => {
    const faults = [{ status: 429 as const, rate: 1, retryAfterMs: 5_000 }];
    const mock = await newMock({ schedule: [{ forMs: 600_000, faults }] });
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 10, per: 'minute' }], clock });
    const failed = await openai.chat.completions
      .create(request, { maxRetries: 0 })
      .catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ status: 429 });
    const second = openai.chat.completions.create(request, { maxRetries: 0 });
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    expect(mock.ledger()).toHaveLength(1);
    const again = expect(second).rejects.toMatchObject({ status: 429 });
    clock.advance(4_999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mock.ledger()).toHaveLength(1);
    clock.advance(minuteMs);
    await again;
    expect(mock.ledger()).toHaveLength(2);
  });

  test('only count in shadow', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], shadow: true });
    await openai.chat.completions.create(request);
    await openai.chat.completions.create(request);
    expect(telltale(openai).limits()).toMatchObject({
      admitted: 2,
      shadow: { wouldWait: 1, wouldRefuse: 0 },
    });
  });

  test('settle a stream by its usage, and keep what was reserved where that is not known', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { limits: [{ tokens: 5_000, per: 'minute' }] });
    const known = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    let usage: number | undefined;
    for await (const chunk of known) usage = chunk.usage?.total_tokens ?? usage;
    expect(telltale(openai).limits()?.limits[0]?.used).toBe(usage);
    const unknown = await openai.chat.completions.create({ ...request, stream: true });
    for await (const _chunk of unknown) break;
    await vi.waitFor(() => expect(telltale(openai).limits()?.inFlight).toBe(0));
    expect(telltale(openai).limits()?.limits[0]?.used).toBe((usage ?? 0) + 50);
  });

  test('show a wait on the trace, with what held it', async () => {
    const book = new SpanBook();
    onTestFinished(() => book.close());
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { limits: [{ requests: 1, per: 'minute' }], clock });
    const told: Throttle[] = [];
    telltale(openai).on('throttle', (throttle) => told.push(throttle));
    await openai.chat.completions.create(request);
    book.clear();
    told.length = 0;
    const second = callWith({ priority: 'high' }, () => openai.chat.completions.create(request));
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.high).toBe(1));
    clock.advance(minuteMs + 2_000);
    await second;
    const [call, throttle, attempt] = book.own;
    expect([call?.name, throttle?.name, attempt?.name]).toEqual([
      'chat gpt-5-mini',
      'throttle',
      'POST /chat/completions',
    ]);
    expect(throttle?.attributes).toEqual({
      'telltale.priority': 'high',
      'telltale.limit': 'requests/minute',
      'telltale.queue.ahead': 0,
      'telltale.wait.ms': 62_000,
      'telltale.reserved.tokens': 50,
    });
    expect(throttle?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(call?.attributes).toMatchObject({
      'telltale.priority': 'high',
      'telltale.throttle.ms': 62_000,
    });
    expect(told).toMatchObject([{ priority: 'high', limit: 'requests/minute', tokens: 50 }]);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});

test.each([
  [
    { limits: [] },
    /^Expected `options.limits` to be a list of at least one limit.*, got `an array of 0` \(array\)$/,
  ],
  [
    { limits: [{ requests: -3, per: 'minute' }] },
    'Expected `options.limits[0].requests` to be a positive integer, got `-3` (number)',
  ],
  [{ mode: 'strict' }, 'Expected `options.mode` to be absent where there are no `options.limits`'],
  [{ limiter: {} }, 'Expected `options.limiter` to be a limiter of `createLimiter`'],
  [{ reserve: 'sum' }, 'Expected `options.reserve` to be absent where there are no limits'],
  [
    { limits: [{ requests: 1, per: 'minute' }], reserve: 'all' },
    "Expected `options.reserve` to be 'max' or 'sum'",
  ],
])('refuses %j', (options, message) => {
  const [world] = worlds;
  if (!world) throw new Error('no client');
  expect(() => newClient(world, 'http://127.0.0.1:1/v1', options as unknown as ObserveOptions)).toThrow(
    message,
  );
});
