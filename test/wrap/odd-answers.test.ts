import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { type Call, observe, telltale } from '../../src/index.ts';
import { registerMetrics } from '../observe/support.ts';

const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello?' }] };
const answer = { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] };

let server: Server;
let reply = { status: 200, type: 'application/json', text: JSON.stringify(answer) };
/** Answers wait for it. */
let gate: Promise<void> = Promise.resolve();

beforeEach(async () => {
  gate = Promise.resolve();
  server = createServer(async (_request, response) => {
    response.writeHead(reply.status, { 'content-type': reply.type }).flushHeaders();
    await gate;
    response.end(reply.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function client(clock: Clock = systemClock): OpenAI {
  const { port } = server.address() as AddressInfo;
  return observe(new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }), {
    clock,
  });
}

function answersWith(text: string, type = 'application/json'): void {
  reply = { status: 200, type, text };
}

async function ended(openai: OpenAI, ask: () => Promise<unknown>): Promise<Readonly<Call> | undefined> {
  let seen: Readonly<Call> | undefined;
  telltale(openai).on('call', (call) => {
    seen = call;
  });
  await ask().catch(() => undefined);
  await vi.waitFor(() => expect(seen).toBeDefined());
  return seen;
}

async function readStream(openai: OpenAI): Promise<number> {
  let chunks = 0;
  for await (const _ of await openai.chat.completions.create({ ...question, stream: true })) chunks++;
  return chunks;
}

it.each([
  ['an object without a prototype', Object.create(null)],
  ['an error whose message cannot be text', Object.assign(new Error(), { message: Object.create(null) })],
])('a tracer that throws %s does not fail the call', async (_, thrown) => {
  answersWith(JSON.stringify(answer));
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: () => {
        throw thrown;
      },
      startActiveSpan: () => undefined as never,
    }),
  });
  try {
    await expect(client().chat.completions.create(question)).resolves.toMatchObject(answer);
  } finally {
    trace.disable();
  }
});

it('an error of the provider inside a good JSON answer is not called ok', async () => {
  answersWith(JSON.stringify({ error: { code: 'server_error', message: 'broken' } }));
  const openai = client();
  const call = await ended(openai, () => openai.chat.completions.create(question));
  expect(call).toMatchObject({ outcome: 'error', errorType: 'provider_error' });
});

it.each([
  ['a page of HTML', '<html>Sign in</html>', 'text/html'],
  ['a list', '[1]', 'application/json'],
  ['null', 'null', 'application/json'],
])('an answer that is %s where a completion was asked for is malformed', async (_, text, type) => {
  answersWith(text, type);
  const openai = client();
  const call = await ended(openai, () => openai.chat.completions.create(question));
  expect(call).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
});

it('a stream that the client fails on an `event: error` is an error, not cancelled', async () => {
  answersWith('data: {"choices":[]}\n\nevent: error\ndata: {"message":"broken"}\n\n', 'text/event-stream');
  const openai = client();
  const call = await ended(openai, () => readStream(openai));
  expect(call).toMatchObject({ outcome: 'error', errorType: 'provider_error' });
});

it('usage counts where a later event has spaces in its JSON and the first had none', async () => {
  const first = '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}';
  const last =
    '{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}';
  answersWith(`data: ${first}\n\ndata: ${last}\n\ndata: [DONE]\n\n`, 'text/event-stream');
  const openai = client();
  const call = await ended(openai, () => readStream(openai));
  expect(call?.usage).toEqual({ source: 'provider', inputTokens: 5, outputTokens: 7 });
  expect(call?.response.finishReasons).toEqual(['stop']);
});

it('the calls in flight of several clients add up', async () => {
  answersWith(JSON.stringify(answer));
  const measuring = registerMetrics();
  let open = (): void => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const [one, other] = [client(), client()];
  const calls = [one, other, other].map((openai) => openai.chat.completions.create(question));
  await vi.waitFor(() => expect(telltale(one).openCalls() + telltale(other).openCalls()).toBe(3));
  const inflight = (await measuring.points()).filter(({ name }) => name === 'telltale.inflight');
  expect(inflight.map(({ value }) => value)).toEqual([3]);
  open();
  await Promise.all(calls);
  await measuring.stop();
});

it('a JSON answer that its caller waits for longer than the idle deadline is not abandoned', async () => {
  answersWith(JSON.stringify(answer));
  let open = (): void => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  let nowMs = 0;
  let sweep: (() => void) | undefined;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => nowMs,
    schedule: (task) => {
      sweep = task;
      return () => undefined;
    },
  };
  const openai = client(clock);
  const call = ended(openai, () => openai.chat.completions.create(question));
  await vi.waitFor(() => expect(sweep).toBeDefined());
  // The client starts to read the body in the turn after its headers.
  await new Promise((resolve) => setImmediate(resolve));
  nowMs = 11 * 60_000;
  sweep?.();
  expect(telltale(openai).openCalls()).toBe(1);
  open();
  expect((await call)?.outcome).toBe('ok');
});
