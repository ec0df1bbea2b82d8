import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { type Attempt, type Call, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { answers, fails, finish, role, type Step, startSteps, streams, text } from './steps-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const question = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  stream: true as const,
};
const soon = { maxAttempts: 3, initialDelayMs: 1 };
const whole = [role, text('Hel'), text('lo'), finish];

async function setUp({ OpenAI }: World, steps: readonly Step[], options: ObserveOptions) {
  const server = await startSteps(steps);
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.url }), options);
  const calls: Readonly<Call>[] = [];
  const attempts: Readonly<Attempt>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  telltale(openai).on('attempt', (attempt) => attempts.push(attempt));
  const read = async (): Promise<string> => {
    let said = '';
    for await (const { choices } of await openai.chat.completions.create(question)) {
      said += choices[0]?.delta.content ?? '';
    }
    return said;
  };
  return { server, openai, calls, attempts, read };
}

const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;

describe.each(worlds)('a stream under a retry policy, openai $version', (world) => {
  test.each([
    ['is reset', streams([role], 'reset'), 'connection_error'],
    ['sends nothing at all', streams([]), 'truncated'],
    ['ends without a finish', streams([role]), 'truncated'],
    ['says only that it is done', streams([role, 'data: [DONE]\n\n']), 'truncated'],
    ['is malformed', streams([role, 'data: {"choices":\n\n'], 'hang'), 'malformed_response'],
    [
      'says that the server failed',
      streams([role, event({ error: { type: 'server_error', message: 'no' } })], 'hang'),
      'provider_error',
    ],
    ['hangs', streams([role], 'hang'), 'timeout'],
  ])('that %s before its first token is tried again within the call', async (_, step, errorType) => {
    const { server, calls, attempts, read } = await setUp(world, [step, streams(whole)], {
      retry: soon,
      streamIdleMs: 300,
    });
    expect(await read()).toBe('Hello');
    expect(server.requests).toHaveLength(2);
    expect(calls).toMatchObject([{ outcome: 'ok', attempts: 2 }]);
    expect(attempts.map((attempt) => attempt.errorType)).toEqual([errorType, undefined]);
  });

  test('that says that its server failed counts as ill for the circuit breaker', async () => {
    const failed = streams([event({ error: { code: 'server_error', message: 'no' } })]);
    const { server, read } = await setUp(world, [failed], {
      retry: { ...soon, maxAttempts: 4 },
      breaker: { minCalls: 3 },
    });
    await expect(read()).rejects.toMatchObject({ code: 'breaker_open' });
    expect(server.requests).toHaveLength(3);
  });

  test('that hangs before its first token is closed before it is asked for again', async () => {
    const { server, read } = await setUp(world, [streams([role], 'hang'), streams(whole)], {
      retry: soon,
      streamIdleMs: 100,
    });
    await read();
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
  });

  test('that fails and fails costs no more attempts than there may be, and gives its last failure', async () => {
    const { server, calls, read } = await setUp(world, [fails(503), streams([role], 'reset')], {
      retry: soon,
    });
    await expect(read()).rejects.toThrow(/terminated/);
    expect(server.requests).toHaveLength(3);
    expect(calls).toMatchObject([{ outcome: 'error', attempts: 3 }]);
  });

  test('that is done with nothing, and nothing, and nothing is handed on as it came', async () => {
    const { server, calls, read } = await setUp(world, [streams([role])], { retry: soon });
    expect(await read()).toBe('');
    expect(server.requests).toHaveLength(3);
    expect(calls).toMatchObject([{ outcome: 'truncated', attempts: 3 }]);
  });

  test('that fails behind its first token is not tried again', async () => {
    const { server, read, calls } = await setUp(
      world,
      [streams([role, text('Hel')], 'reset'), streams(whole)],
      {
        retry: soon,
      },
    );
    await expect(read()).rejects.toThrow(/terminated/);
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType: 'connection_error' }]);
  });

  test.each([
    ['context_length_exceeded', 'provider_error'],
    ['insufficient_quota', 'insufficient_quota'],
    ['invalid_prompt', 'provider_error'],
  ])('that says %s, which stays so, is not tried again', async (code, errorType) => {
    const { server, read, openai, calls } = await setUp(
      world,
      [streams([event({ error: { code, message: 'no' } })])],
      { retry: soon },
    );
    await expect(read()).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'error', errorType, attempts: 1 }]);
    expect(telltale(openai).retries()).toMatchObject({ retries: 0, refusedByBudget: 0 });
  });

  test('is handed on byte for byte, whoever reads it', async () => {
    const { openai } = await setUp(world, [streams(whole)], { retry: soon, deadlineMs: 60_000 });
    const ask = () => openai.chat.completions.create(question).asResponse();
    const response = await ask();
    expect(response).toBeInstanceOf(Response);
    expect(response.url).toMatch(/\/chat\/completions$/);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(whole.join(''));
    const reader = (await ask()).body?.getReader({ mode: 'byob' });
    let bytes = '';
    for (;;) {
      const result = await reader?.read(new Uint8Array(7));
      if (!result || result.done) break;
      bytes += Buffer.from(result.value).toString();
    }
    expect(bytes).toBe(whole.join(''));
  });

  test('is read no further than its reader wants, and closed when that stops', async () => {
    const { server, openai, calls } = await setUp(world, [streams(whole.slice(0, 2), 'hang')], {
      retry: soon,
    });
    for await (const { choices } of await openai.chat.completions.create(question)) {
      if (choices[0]?.delta.content) break;
    }
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
  });

  test('that its caller stops before reading it gives what it gives without a policy', async () => {
    const { openai } = await setUp(world, [streams(whole)], { retry: soon });
    const stream = await openai.chat.completions.create(question);
    stream.controller.abort();
    let chunks = 0;
    for await (const _ of stream) chunks++;
    expect(chunks).toBe(0);
  });

  test('of another form, or answered in JSON, is left to the client', async () => {
    const other = await setUp(world, [streams([event({ text: 'a' }), 'data: [DONE]\n\n'])], { retry: soon });
    await other.read().catch(() => {});
    expect(other.server.requests).toHaveLength(1);
    const plain = await setUp(world, [answers], { retry: soon });
    await plain.read().catch(() => {});
    expect(plain.server.requests).toHaveLength(1);
  });

  test('that is held and dropped unread is closed, as it is without a policy', async () => {
    const { server, openai } = await setUp(world, [streams([role, text('Hel')], 'hang')], { retry: soon });
    await openai.chat.completions.create(question).asResponse();
    await vi.waitFor(
      () => {
        collectGarbage();
        expect(server.brokenOff).toEqual([0]);
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test('is given up at once when its caller aborts before the first token', async () => {
    const { server, openai, calls } = await setUp(world, [streams([role], 'hang')], { retry: soon });
    const controller = new AbortController();
    const asked = openai.chat.completions.create(question, { signal: controller.signal });
    asked.catch(() => {});
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(world.OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(server.brokenOff).toEqual([0]));
    expect(server.requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
  });

  test('of Responses and of completions is tried again too', async () => {
    const created = event({ type: 'response.created', response: { id: 'r', status: 'in_progress' } });
    const delta = event({ type: 'response.output_text.delta', delta: 'Hello' });
    const completed = event({
      type: 'response.completed',
      response: { id: 'r', status: 'completed', output: [] },
    });
    const failed = event({
      type: 'response.failed',
      response: { id: 'r', status: 'failed', error: { code: 'server_error', message: 'no' } },
    });
    const steps = [
      streams([created], 'reset'),
      streams([created, failed]),
      streams([created, delta, completed]),
    ];
    const { server, openai } = await setUp(world, steps, { retry: soon });
    const seen: string[] = [];
    for await (const { type } of await openai.responses.create({
      model: 'gpt-5',
      input: 'Hello',
      stream: true,
    })) {
      seen.push(type);
    }
    expect(seen).toEqual(['response.created', 'response.output_text.delta', 'response.completed']);
    expect(server.requests).toHaveLength(3);

    const chunk = event({ id: 'c', choices: [{ index: 0, text: 'Hi', finish_reason: 'stop' }] });
    const older = await setUp(world, [streams([], 'reset'), streams([chunk, 'data: [DONE]\n\n'])], {
      retry: soon,
    });
    let said = '';
    for await (const { choices } of await older.openai.completions.create({
      model: 'm',
      prompt: 'x',
      stream: true,
    })) {
      said += choices[0]?.text;
    }
    expect(said).toBe('Hi');
    expect(older.server.requests).toHaveLength(2);
  });

  test('asked for usage by Telltale is the same, whatever was tried before', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const pieces = [
      role,
      text('Hello'),
      `${event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}`,
    ];
    const end = [event({ id: 'c', choices: [], usage }), 'data: [DONE]\n\n'];
    const refused = fails(400, {}, { message: 'Unknown parameter: stream_options', param: 'stream_options' });
    const { server, calls, read } = await setUp(
      world,
      [streams([role], 'reset'), streams([...pieces, ...end]), refused, streams(pieces)],
      { retry: soon, streamUsage: 'ask', deadlineMs: 60_000 },
    );
    expect(await read()).toBe('Hello');
    expect(calls).toMatchObject([{ outcome: 'ok', usage: { source: 'provider', outputTokens: 2 } }]);
    expect(await read()).toBe('Hello');
    expect(server.requests).toHaveLength(4);
  });
});
