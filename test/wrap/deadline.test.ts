import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Call, callWith, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { answers, fails, finish, hangs, role, type Step, startSteps, streams, text } from './steps-server.ts';

const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** The real clock, and how many of its timers are set. */
function countingClock() {
  let timers = 0;
  const clock = {
    ...systemClock,
    schedule(task: () => void, delayMs: number, kind: 'work' | 'housekeeping') {
      timers++;
      let isSet = true;
      const unset = (): void => {
        if (isSet) timers--;
        isSet = false;
      };
      const cancel = systemClock.schedule(
        () => {
          unset();
          task();
        },
        delayMs,
        kind,
      );
      return () => {
        unset();
        cancel();
      };
    },
  };
  return { clock, timers: () => timers };
}

async function setUp({ OpenAI }: World, steps: readonly Step[], options: ObserveOptions) {
  const server = await startSteps(steps);
  const { clock, timers } = countingClock();
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.url }), { clock, ...options });
  const calls: Readonly<Call>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  return { server, openai, calls, timers, ask: () => openai.chat.completions.create(question) };
}

const stalls: Step = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
};
const stallsBadly: Step = (response) => {
  response.writeHead(400, { 'content-type': 'application/json' }).write('{"error":');
};

describe.each(worlds)('a deadline, openai $version', (world) => {
  const { OpenAI } = world;
  const expired = { cause: { name: 'TelltaleError', code: 'deadline_exceeded' } };

  test.each([
    ['an attempt', hangs, {}],
    ['an attempt under a policy', hangs, { retry: { initialDelayMs: 1 } }],
    ['the body of an answer', stalls, {}],
  ])('ends %s, and the server sees the close', async (_, step, options) => {
    const { server, ask, calls, timers } = await setUp(world, [step], { deadlineMs: 150, ...options });
    const error = await ask().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(error).toMatchObject(expired);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded', attempts: 1 }]);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    expect(server.requests).toHaveLength(1);
    // Telltale looks after open bodies every half minute; that timer is of no call.
    expect(timers()).toBeLessThanOrEqual(1);
  });

  test('is what the attempt ended of as well, whatever the client calls it', async () => {
    const { openai, ask } = await setUp(world, [hangs], { deadlineMs: 150, breaker: { minCalls: 1 } });
    const ended: (string | undefined)[] = [];
    telltale(openai).on('attempt', ({ errorType }) => ended.push(errorType));
    await expect(ask()).rejects.toMatchObject(expired);
    expect(ended).toEqual(['deadline_exceeded']);
    expect(telltale(openai).breakers()).toMatchObject([{ state: 'open' }]);
  });

  test('ends the reading of an error that does not come', async () => {
    const { server, ask, calls } = await setUp(world, [stallsBadly], { deadlineMs: 150 });
    await expect(ask()).rejects.toBeInstanceOf(OpenAI.APIError);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    expect(calls).toMatchObject([{ outcome: 'error' }]);
  });

  test.each([{}, { retry: {} }])(
    'ends a stream in the middle with %o: its reader gets the error, not a short answer',
    async (options) => {
      const { server, openai, calls, timers } = await setUp(world, [streams([role, text('Hel')], 'hang')], {
        deadlineMs: 5_000,
        ...options,
      });
      let said = '';
      const read = async (): Promise<void> => {
        for await (const { choices } of await openai.chat.completions.create({ ...question, stream: true })) {
          said += choices[0]?.delta.content ?? '';
        }
      };
      const error = await callWith({ deadlineMs: 200 }, read).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
      expect(error).toMatchObject(expired);
      expect(said).toBe('Hel');
      expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded' }]);
      await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
      expect(timers()).toBeLessThanOrEqual(1);
    },
  );

  test('ends a stream that nobody reads', async () => {
    const { server, openai, calls } = await setUp(world, [streams([role], 'hang')], { deadlineMs: 150 });
    const stream = await openai.chat.completions.create({ ...question, stream: true });
    await vi.waitFor(() =>
      expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded' }]),
    );
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toMatchObject(expired);
  });

  test.each([
    ['the server asked for', { 'retry-after': '30' }, { retry: {} }],
    ['of the policy', {}, { retry: { initialDelayMs: 10_000, maxDelayMs: 10_000, jitter: 'none' } }],
    ['that openai itself would begin', { 'retry-after': '30' }, {}],
  ] as const)('does not begin a wait %s that ends behind it', async (_, headers, options) => {
    const { server, ask, calls } = await setUp(world, [fails(503, headers), answers], options);
    const error = await callWith({ deadlineMs: 5_000 }, ask).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ status: 503, error: { message: 'no' } });
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'overloaded', backoffMs: 0 }]);
  });

  test('refuses what would wait for a limit past it, and sends nothing', async () => {
    const { server, ask, calls, timers } = await setUp(world, [answers], {
      deadlineMs: 1_000,
      limits: [{ requests: 1, per: 'hour' }],
    });
    await ask();
    const error = await ask().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(error).toMatchObject(expired);
    expect(server.requests).toHaveLength(1);
    expect(calls[1]).toMatchObject({ outcome: 'refused', errorType: 'deadline_exceeded', attempts: 0 });
    expect(timers()).toBeLessThanOrEqual(1);
  });

  test('does nothing to a call that ends in time, and leaves no timer behind', async () => {
    const { openai, ask, timers, calls } = await setUp(
      world,
      [answers, streams([role, text('Hi'), finish]), answers],
      { deadlineMs: 3_600_000, streamIdleMs: 3_600_000 },
    );
    await ask();
    for await (const _ of await openai.chat.completions.create({ ...question, stream: true }));
    expect((await ask().withResponse()).response.status).toBe(200);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    expect(timers()).toBeLessThanOrEqual(1);
  });

  test('leaves an abort of the caller what it is', async () => {
    const { openai, calls, server, timers } = await setUp(world, [hangs], { deadlineMs: 3_600_000 });
    const controller = new AbortController();
    const asked = openai.chat.completions.create(question, { signal: controller.signal });
    asked.catch(() => {});
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(calls).toMatchObject([{ outcome: 'cancelled' }]);
    expect(timers()).toBe(0);
  });

  test('of an idle stream ends it with a time-out', async () => {
    const { server, openai, calls } = await setUp(world, [streams([role, text('Hel')], 'hang')], {
      streamIdleMs: 150,
    });
    const read = async (): Promise<void> => {
      for await (const _ of await openai.chat.completions.create({ ...question, stream: true }));
    };
    const error = await read().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(error).toMatchObject({ cause: { code: 'stream_idle' } });
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'timeout' }]);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
  });
});

test.each([{}, { retry: { maxAttempts: 10, initialDelayMs: 1, maxDelayMs: 1 } }])(
  'holds too where openai 7 asks again for a body that stalls, with %o',
  async (options) => {
    const world = worlds.find(({ major }) => major === 7);
    if (!world) throw new Error('openai 7 is not installed');
    const server = await startSteps([stalls, hangs]);
    const { clock, timers } = countingClock();
    const openai = observe(
      new world.OpenAI({ apiKey: 'k', baseURL: server.url, maxRetries: 9, logLevel: 'off' }),
      { clock, deadlineMs: 4_700, ...options },
    );
    const calls: Readonly<Call>[] = [];
    telltale(openai).on('call', (call) => calls.push(call));
    // The second attempt begins at 3.0 to 3.5 s, and would last until 6 s: far enough from the deadline on both sides.
    const asked = openai.chat.completions.create(question, { timeout: 3_000 });
    await expect(asked).rejects.toMatchObject({ cause: { code: 'deadline_exceeded' } });
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded', attempts: 2 }]);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0, 1]));
    expect(timers()).toBeLessThanOrEqual(1);
  },
  20_000,
);

test('the smaller of two deadlines holds, wherever it was said', async () => {
  const [, , world] = worlds as [World, World, World];
  for (const [outer, inner, own] of [
    [100, 60_000, 60_000],
    [60_000, 100, 60_000],
    [60_000, 60_000, 100],
  ]) {
    const { openai } = await setUp(world, [hangs], { deadlineMs: own ?? 0 });
    const ask = () => openai.chat.completions.create(question);
    const asked = callWith({ deadlineMs: outer ?? 0 }, () => callWith({ deadlineMs: inner ?? 0 }, ask));
    await expect(asked).rejects.toThrow('within its deadline of 100 ms');
  }
  expect(() => callWith({ deadlineMs: 0 }, () => 1)).toThrow('context.deadlineMs');
});
