import { describe, expect, test, vi } from 'vitest';
import { type Call, observe, TelltaleError, telltale } from '../../src/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { answers, fails, finish, hangs, role, type Step, startSteps, streams, text } from './steps-server.ts';

const request = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hello' }] };

function newClient({ OpenAI }: World, url: string, options: ObserveOptions) {
  const openai = observe(new OpenAI({ apiKey: 'none', baseURL: url, logLevel: 'off' }), options);
  const calls: Readonly<Call>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  return { openai, calls };
}

function bare({ OpenAI }: World, url: string) {
  return new OpenAI({ apiKey: 'none', baseURL: url, logLevel: 'off' });
}

/** Moves the clock on until the promise is settled. */
async function throughTime<T>(
  promise: Promise<T>,
  clock: ReturnType<typeof createFakeClock>,
): Promise<PromiseSettledResult<T>> {
  let settled = false;
  const all = Promise.allSettled([promise]).finally(() => {
    settled = true;
  });
  await vi.waitFor(
    () => {
      if (!settled) clock.advance(50);
      expect(settled).toBe(true);
    },
    { timeout: 20_000, interval: 5 },
  );
  const [result] = await all;
  if (!result) throw new Error('nothing settled');
  return result;
}

const retry = { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 20, jitter: 'none' } as const;

describe.each(worlds)('fallback under a retry policy and a deadline, openai $version', (world) => {
  test('gives each model the attempts of the policy', async () => {
    const clock = createFakeClock();
    const ill: Step = fails(503);
    const server = await startSteps([ill, ill, ill, ill, answers]);
    const { openai, calls } = newClient(world, server.url, {
      retry,
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      clock,
    });
    const result = await throughTime(openai.chat.completions.create(request), clock);
    expect(result.status).toBe('fulfilled');
    expect(server.requests).toHaveLength(5);
    expect(calls).toMatchObject([{ outcome: 'ok', attempts: 5, fallbacks: [{ model: 'gpt-5-mini' }] }]);
    expect(telltale(openai).retries()?.retries).toBe(3);
  });

  test.each(['own', 'other'] as const)(
    'ends at the one deadline of the call, also at its %s client',
    async (whose) => {
      const clock = createFakeClock();
      const server = await startSteps([fails(503), hangs]);
      const next = whose === 'own' ? 'gpt-5-mini' : { client: bare(world, server.url), model: 'gpt-5-eu' };
      const { openai, calls } = newClient(world, server.url, {
        retry: { ...retry, maxAttempts: 1 },
        fallback: { 'gpt-5': [next] },
        deadlineMs: 1_000,
        clock,
      });
      const result = await throughTime(openai.chat.completions.create(request), clock);
      const reason = result.status === 'rejected' ? result.reason : undefined;
      expect(reason).toBeInstanceOf(world.OpenAI.APIConnectionTimeoutError);
      expect(reason.cause).toBeInstanceOf(TelltaleError);
      expect(reason.cause).toMatchObject({ code: 'deadline_exceeded' });
      await vi.waitFor(() => expect(server.brokenOff).toEqual([1]));
      expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded', attempts: 2 }]);
      expect(calls[0]?.endedMs).toBeGreaterThanOrEqual((calls[0]?.startedMs ?? 0) + 1_000);
      expect(telltale(openai).openCalls()).toBe(0);
    },
  );

  test('asks nobody else once the deadline is over', async () => {
    const clock = createFakeClock();
    const server = await startSteps([hangs, answers]);
    const { openai, calls } = newClient(world, server.url, {
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      deadlineMs: 1_000,
      clock,
    });
    const result = await throughTime(openai.chat.completions.create(request), clock);
    expect(result.status).toBe('rejected');
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'deadline_exceeded', attempts: 1 }]);
    expect(calls[0]?.fallbacks).toBeUndefined();
  });

  test('asks nobody else past the deadline, though its timer comes late', async () => {
    const clock = createFakeClock();
    let lateMs = 0;
    const late: Step = (response, request) => {
      lateMs = 2_000;
      fails(503)(response, request);
    };
    const server = await startSteps([late, answers]);
    const { openai, calls } = newClient(world, server.url, {
      retry: { ...retry, maxAttempts: 1 },
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      deadlineMs: 1_000,
      clock: { ...clock, nowMs: () => clock.nowMs() + lateMs },
    });
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'overloaded', attempts: 1 }]);
  });

  const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
  test.each([
    ['is reset', streams([role], 'reset'), 'ill', 'connection_error'],
    ['ends with nothing', streams([role]), 'ill', 'truncated'],
    ['is malformed', streams(['data: {"choices":\n\n']), 'ill', 'malformed_response'],
    ['hangs', streams([role], 'hang'), 'ill', 'timeout'],
    ['says that it failed', streams([event({ error: { code: 'server_error' } })]), 'ill', 'provider_error'],
    [
      'says that it was too much',
      streams([event({ error: { type: 'rate_limit_error' } })]),
      'throttled',
      'provider_error',
    ],
  ])('goes on for a stream that %s before its first token', async (_, step, reason, errorType) => {
    const server = await startSteps([step, step, streams([role, text('Hello'), finish])]);
    const { openai, calls } = newClient(world, server.url, {
      retry: { ...retry, maxAttempts: 2 },
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      streamIdleMs: 300,
      deadlineMs: 60_000,
      limits: [{ requests: 100, per: 'minute' }],
    });
    const attempts: (string | undefined)[] = [];
    telltale(openai).on('attempt', (attempt) => attempts.push(attempt.errorType));
    let said = '';
    for await (const { choices } of await openai.chat.completions.create({ ...request, stream: true }))
      said += choices[0]?.delta.content ?? '';
    expect(said).toBe('Hello');
    expect(attempts).toEqual([errorType, errorType, undefined]);
    expect(calls).toMatchObject([
      { outcome: 'ok', attempts: 3, fallbacks: [{ model: 'gpt-5-mini', reason }] },
    ]);
    expect(telltale(openai).limits()).toMatchObject({ inFlight: 0 });
    expect(telltale(openai).openCalls()).toBe(0);
  });

  const quota = { code: 'insufficient_quota', type: 'insufficient_quota', message: 'You have no money.' };
  const tooLarge = { code: 'rate_limit_exceeded', type: 'tokens', message: 'Request too large for gpt-5' };
  test.each([
    ['there is no money', quota, 'insufficient_quota'],
    ['it was too large', tooLarge, 'provider_error'],
  ])('asks the next at once where a stream says first that %s', async (_, error, errorType) => {
    const steps = [streams([role, event({ error })], 'hang'), streams([role, text('Hello'), finish])];
    const server = await startSteps(steps);
    const { openai, calls } = newClient(world, server.url, {
      retry,
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      breaker: { minCalls: 1, failureRate: 0.1 },
    });
    const attempts: (string | undefined)[] = [];
    telltale(openai).on('attempt', (attempt) => attempts.push(attempt.errorType));
    let said = '';
    for await (const { choices } of await openai.chat.completions.create({ ...request, stream: true }))
      said += choices[0]?.delta.content ?? '';
    expect(said).toBe('Hello');
    expect(attempts).toEqual([errorType, undefined]);
    expect(calls).toMatchObject([
      { outcome: 'ok', attempts: 2, fallbacks: [{ model: 'gpt-5-mini', reason: 'throttled' }] },
    ]);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    expect(telltale(openai).retries()).toMatchObject({ retries: 0, refusedByBudget: 0 });
    expect(telltale(openai).breakers()).toMatchObject([{ state: 'closed' }, { state: 'closed' }]);
    expect(telltale(openai).openCalls()).toBe(0);
  });

  test('leaves what the caller did wrong where a stream says it first', async () => {
    const error = { code: 'invalid_prompt', message: 'no' };
    const server = await startSteps([streams([event({ error })]), answers]);
    const { openai, calls } = newClient(world, server.url, { retry, fallback: { 'gpt-5': ['gpt-5-mini'] } });
    const read = async (): Promise<void> => {
      for await (const _ of await openai.chat.completions.create({ ...request, stream: true }));
    };
    await expect(read()).rejects.toMatchObject({ code: 'invalid_prompt' });
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'provider_error', attempts: 1 }]);
  });

  test('hands on a stream that failed early as it came where nobody is left to ask', async () => {
    const server = await startSteps([streams([role]), streams([role, 'data: [DONE]\n\n'])]);
    const { openai, calls } = newClient(world, server.url, {
      retry: { ...retry, maxAttempts: 1 },
      fallback: { 'gpt-5': ['gpt-5-mini'] },
    });
    let chunks = 0;
    for await (const _ of await openai.chat.completions.create({ ...request, stream: true })) chunks++;
    expect(chunks).toBe(1);
    expect(calls).toMatchObject([
      { outcome: 'truncated', attempts: 2, fallbacks: [{ model: 'gpt-5-mini' }] },
    ]);
  });

  test('leaves the caller’s own signal in force', async () => {
    const server = await startSteps([fails(503), hangs]);
    const { openai, calls } = newClient(world, server.url, {
      retry: { ...retry, maxAttempts: 1 },
      fallback: { 'gpt-5': ['gpt-5-mini'] },
      deadlineMs: 60_000,
    });
    const controller = new AbortController();
    const asked = openai.chat.completions.create(request, { signal: controller.signal });
    const refused = expect(asked).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(server.requests).toHaveLength(2));
    controller.abort();
    await refused;
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 2 }]);
  });
});
