import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import {
  type Backoff,
  type Call,
  callWith,
  type ObserveOptions,
  observe,
  telltale,
} from '../../src/index.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { answers, fails, resets, type Step, startSteps } from './steps-server.ts';

const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };
/** Does not wait between attempts, but for what a server asks for. */
const soon = { maxAttempts: 4, initialDelayMs: 1 };

async function setUp(
  { OpenAI }: World,
  steps: readonly Step[],
  options: ObserveOptions,
  client: { maxRetries?: number } = {},
) {
  const server = await startSteps(steps);
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.url, ...client }), options);
  const calls: Readonly<Call>[] = [];
  const backoffs: Readonly<Backoff>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  telltale(openai).on('backoff', (backoff) => backoffs.push(backoff));
  return { server, openai, calls, backoffs, ask: () => openai.chat.completions.create(question) };
}

describe.each(worlds)('a retry policy, openai $version', (world) => {
  test.each([
    { clientMaxRetries: undefined, requestMaxRetries: undefined, expected: 4 },
    { clientMaxRetries: 0, requestMaxRetries: undefined, expected: 4 },
    { clientMaxRetries: 9, requestMaxRetries: undefined, expected: 4 },
    { clientMaxRetries: 0, requestMaxRetries: 1, expected: 2 },
    { clientMaxRetries: undefined, requestMaxRetries: 0, expected: 1 },
    { clientMaxRetries: undefined, requestMaxRetries: 9, expected: 4 },
  ])(
    'makes $expected attempts where the client says $clientMaxRetries and the request $requestMaxRetries',
    async ({ clientMaxRetries, requestMaxRetries, expected }) => {
      const { server, openai, calls } = await setUp(
        world,
        [fails(503)],
        { retry: soon },
        clientMaxRetries === undefined ? {} : { maxRetries: clientMaxRetries },
      );
      const options = requestMaxRetries === undefined ? {} : { maxRetries: requestMaxRetries };
      await expect(openai.chat.completions.create(question, options)).rejects.toMatchObject({ status: 503 });
      expect(server.requests).toHaveLength(expected);
      expect(server.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual(
        Array.from({ length: expected }, (_, index) => String(index)),
      );
      expect(calls).toMatchObject([{ outcome: 'error', attempts: expected }]);
      expect(telltale(openai).retries()).toMatchObject({ retries: expected - 1, refusedByBudget: 0 });
    },
  );

  test("counts the `maxRetries` of a client made from it as a request's own", async () => {
    const { server, openai } = await setUp(world, [fails(503)], { retry: soon });
    const clone = openai.withOptions({ maxRetries: 1 });
    await expect(clone.chat.completions.create(question)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(2);
  });

  test('tries again what may go better the next time', async () => {
    const steps = [fails(408), fails(409), fails(429), fails(500), fails(529), resets, answers];
    const { server, ask, calls } = await setUp(world, steps, { retry: { ...soon, maxAttempts: 9 } });
    expect((await ask()).choices[0]?.message.content).toBe('Hello');
    expect(server.requests).toHaveLength(7);
    expect(calls).toMatchObject([{ outcome: 'ok', attempts: 7 }]);
  });

  test.each([
    ['insufficient_quota', fails(429, {}, { code: 'insufficient_quota', type: 'insufficient_quota' })],
    [
      'insufficient_quota, whatever the header',
      fails(429, { 'x-should-retry': 'true' }, { code: 'insufficient_quota' }),
    ],
    [
      'a request that is too large',
      fails(429, {}, { code: 'rate_limit_exceeded', message: 'Request too large for x' }),
    ],
    ['x-should-retry: false', fails(503, { 'x-should-retry': 'false' })],
    ['authentication', fails(401)],
    ['an invalid request', fails(400)],
    ['a longer wait than is obeyed', fails(429, { 'retry-after': '61' })],
    ['a date far away', fails(503, { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' })],
  ])('does not try again after %s, and gives the error as it came', async (_, step) => {
    const { server, ask, backoffs } = await setUp(world, [step, answers], { retry: soon });
    const error = await ask().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(world.OpenAI.APIError);
    expect(error).toHaveProperty('error.message');
    expect(server.requests).toHaveLength(1);
    expect(backoffs).toEqual([]);
  });

  test('obeys x-should-retry: true', async () => {
    const { server, ask } = await setUp(world, [fails(400, { 'x-should-retry': 'true' }), answers], {
      retry: soon,
    });
    await ask();
    expect(server.requests).toHaveLength(2);
  });

  test('never comes before the server asked, in milliseconds, seconds or whatever makes no sense', async () => {
    const steps = [
      fails(429, { 'retry-after-ms': '40' }),
      fails(503, { 'retry-after': '0.05' }),
      fails(503, { 'retry-after': '-9' }),
      fails(503, { 'retry-after': 'soon' }),
      answers,
    ];
    const { ask, backoffs } = await setUp(world, steps, { retry: { ...soon, maxAttempts: 9 } });
    await ask();
    const waits = backoffs.map(({ startedMs, endedMs = 0, rule }) => ({ waitMs: endedMs - startedMs, rule }));
    expect(waits.map(({ rule }) => rule)).toEqual(['server', 'server', 'policy', 'policy']);
    // A timer of Node may be early by less than a millisecond.
    expect(waits[0]?.waitMs).toBeGreaterThanOrEqual(39);
    expect(waits[1]?.waitMs).toBeGreaterThanOrEqual(49);
  });

  test('spends no more than its budget, whoever calls, and then gives the failure as it is', async () => {
    const budget = { ratio: 0, minPerSecond: 0, burst: 2 };
    for (const [step, errorClass] of [
      [fails(503), world.OpenAI.InternalServerError],
      [resets, world.OpenAI.APIConnectionError],
    ] as const) {
      const { server, openai, ask } = await setUp(world, [step], { retry: { ...soon, budget } });
      const clone = openai.withOptions({ timeout: 5_000 });
      await expect(ask()).rejects.toBeInstanceOf(errorClass);
      await expect(clone.chat.completions.create(question)).rejects.toBeInstanceOf(errorClass);
      await expect(ask()).rejects.toBeInstanceOf(errorClass);
      expect(server.requests).toHaveLength(3 + 2);
      expect(telltale(openai).retries()).toMatchObject({ retries: 2, refusedByBudget: 3, budgetLeft: 0 });
    }
  });

  test('ends a wait at once when the caller aborts, and nothing is sent after it', async () => {
    const { server, openai, calls } = await setUp(world, [fails(503)], {
      retry: { maxAttempts: 3, initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, jitter: 'none' },
    });
    const controller = new AbortController();
    const asked = openai.chat.completions.create(question, { signal: controller.signal });
    asked.catch(() => {});
    await vi.waitFor(() => expect(telltale(openai).retries()?.retries).toBe(1));
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['a stream', () => new Blob(['Hello']).stream(), 1],
    [
      'a generator',
      async function* () {
        yield Buffer.from('Hello');
      },
      1,
    ],
    ['a buffer', () => Buffer.from('Hello'), 4],
  ])('does not send nothing where the body was %s that is used up', async (_, body, times) => {
    const bodies: string[] = [];
    const fail: Step = (response, request) => {
      let said = '';
      request.on('data', (piece: Buffer) => {
        said += String(piece);
      });
      request.on('end', () => {
        bodies.push(said);
        fails(503)(response, request);
      });
    };
    const { openai, calls } = await setUp(world, [fail], { retry: soon });
    const asked = openai.post('/things', { body: body() });
    await expect(asked).rejects.toMatchObject({ status: 503 });
    expect(bodies).toEqual(Array.from({ length: times }, () => 'Hello'));
    expect(calls).toMatchObject([{ attempts: times, errorType: 'overloaded' }]);
    expect(telltale(openai).retries()?.retries).toBe(times - 1);
  });

  test('asks the limits again for each attempt, at the priority of the call', async () => {
    const { openai, ask } = await setUp(world, [fails(503), fails(429), answers], {
      retry: soon,
      limits: [{ requests: 100, per: 'minute' }],
    });
    const told: string[] = [];
    telltale(openai).on('throttle', ({ priority }) => told.push(priority));
    await callWith({ priority: 'high' }, ask);
    expect(told).toEqual(['high', 'high', 'high']);
    expect(telltale(openai).limits()).toMatchObject({ admitted: 3, inFlight: 0 });
  });

  test('keeps the idempotency key of a call', async () => {
    const { server, openai } = await setUp(world, [fails(503), fails(503), answers], { retry: soon });
    (openai as unknown as { idempotencyHeader: string }).idempotencyHeader = 'idempotency-key';
    await openai.chat.completions.create(question);
    const keys = new Set(server.requests.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    expect([...keys][0]).toMatch(/\S/);
  });

  test('leaves the options of the caller alone, and the request that follows on a page', async () => {
    const { server, openai } = await setUp(world, [fails(503), answers], { retry: soon });
    const options = Object.freeze({ headers: { 'x-own': '1' } });
    await openai.chat.completions.create(question, options);
    expect(server.requests[1]?.headers['x-own']).toBe('1');
  });

  test('waits as its clock says', async () => {
    const delays: number[] = [];
    const clock = {
      ...systemClock,
      random: () => 0.5,
      schedule: (task: () => void, delayMs: number, kind: 'work' | 'housekeeping') => {
        if (kind === 'work') delays.push(delayMs);
        return systemClock.schedule(task, kind === 'work' ? 0 : delayMs, kind);
      },
    };
    const { ask } = await setUp(world, [fails(503)], {
      clock,
      retry: { maxAttempts: 5, initialDelayMs: 1_000, maxDelayMs: 3_000 },
    });
    await expect(ask()).rejects.toMatchObject({ status: 503 });
    expect(delays).toEqual([500, 1_000, 1_500, 1_500]);
  });
});

test.each([
  [{ retry: { maxAttempts: 0 } }, /options.retry.maxAttempts/],
  [
    { retry: { initialDelayMs: 20_000, maxDelayMs: 20_000 }, deadlineMs: 30_000 },
    /20000 \+ 20000 \+ 20000 ms = 60000 ms > 30000 ms/,
  ],
  [{ deadlineMs: 0 }, /options.deadlineMs/],
  [{ deadlineMs: Number.NaN }, /options.deadlineMs/],
  [{ streamIdleMs: -1 }, /options.streamIdleMs/],
])('%o is refused', (options, message) => {
  const [, , { OpenAI }] = worlds as [World, World, World];
  expect(() => observe(new OpenAI({ apiKey: 'k' }), options)).toThrow(message);
});
