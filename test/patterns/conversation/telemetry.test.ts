import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observe } from '../../../src/index.ts';
import { memoryRecords } from '../../../src/patterns/index.ts';
import { registerMetrics, registerTracing } from '../../observe/support.ts';
import { endAt, steppedFetch } from './stepped.ts';
import { clientOf, conversation, type Model, startModel, ways } from './support.ts';

let tracing: ReturnType<typeof registerTracing>;
let model: Model;
beforeEach(async () => {
  tracing = registerTracing();
  model = await startModel(undefined, ({ body }) =>
    String(body['instructions']).includes('your summary') ? 'short' : undefined,
  );
});
afterEach(async () => {
  await tracing.stop();
  await model.mock.close();
});

const spans = () => tracing.spans.getFinishedSpans();
const named = (name: string) => spans().filter((span) => span.name === name);

it.each(ways)('puts all that a turn does below one span, in its conversation, by %s', async (via) => {
  const keep = { turns: 1, leave: 0 };
  const chat = await conversation({ client: model.client, id: 'u-42', model: 'gpt-5-mini', via, keep });
  const replies = [];
  for (const text of ['one', 'two', 'three']) replies.push(await chat.send(text));
  const turns = named('conversation turn');
  expect(turns.map((span) => span.spanContext().traceId)).toEqual(replies.map(({ traceId }) => traceId));
  expect(turns.map(({ attributes }) => attributes)).toEqual(
    Array(3).fill({ 'gen_ai.conversation.id': 'u-42', 'telltale.outcome': 'ok' }),
  );
  const calls = named('chat gpt-5-mini');
  expect(calls).toHaveLength(4);
  for (const { attributes, name } of spans()) expect(attributes['gen_ai.conversation.id'], name).toBe('u-42');
  const [summary] = named('conversation summary');
  expect(summary?.parentSpanContext?.spanId).toBe(turns[2]?.spanContext().spanId);
  expect(summary?.attributes['telltale.cost.usd']).toBe(replies[2]?.summarised?.cost.costUsd);
  const inSummary = calls.filter((span) => span.parentSpanContext?.spanId === summary?.spanContext().spanId);
  expect(inSummary).toHaveLength(1);
});

it('tells of its conversation also where a call waits', async () => {
  let isFirst = true;
  const failingOnce: typeof fetch = async (url, init) => {
    if (!isFirst) return await fetch(url, init);
    isFirst = false;
    return new Response('{}', { status: 503 });
  };
  const settings = { apiKey: 'k', baseURL: model.mock.url, maxRetries: 0, fetch: failingOnce };
  const client = observe(new OpenAI(settings), {
    retry: { maxAttempts: 2, initialDelayMs: 1, maxDelayMs: 2 },
    limits: [{ requests: 600, per: 'minute', burst: 1 }],
  });
  const chat = await conversation({ client, id: 'u-42', model: 'gpt-5-mini', via: 'history' });
  for (const text of ['one', 'two']) await chat.send(text);
  const names = spans().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['backoff', 'throttle', 'POST /responses']));
  for (const { attributes, name } of spans()) expect(attributes['gen_ai.conversation.id'], name).toBe('u-42');
});

it('goes on with the trace of a process that ended', async () => {
  const store = memoryRecords();
  const options = { client: model.client, id: 'u', model: 'gpt-5-mini', via: 'history', store } as const;
  let isEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    isEnded = resolve;
  });
  const { atStep } = endAt(1, () => isEnded());
  const client = clientOf(model.mock, undefined, [], steppedFetch(atStep));
  const free = { ...store, hold: async () => ({ release: async () => undefined }) };
  const dying = await conversation({ ...options, client, store: free });
  void dying.send('one');
  await ended;
  const record = (await store.read('conversation/u'))?.value as
    | { turns: { traceparent: string }[] }
    | undefined;
  const traceparent = record?.turns[0]?.traceparent;
  const reply = await (await conversation(options)).resume();
  expect(traceparent?.split('-')[1]).toBe(reply?.traceId);
  const [turn] = named('conversation turn');
  expect(turn?.parentSpanContext?.spanId).toBe(traceparent?.split('-')[2]);
});

it('tells of a failed turn by a code, never by what was said', async () => {
  model.mock.setFaults([{ status: 500, rate: 1 }]);
  const chat = await conversation({ client: model.client, id: 'u', model: 'gpt-5-mini', via: 'history' });
  await expect(chat.send('secret')).rejects.toMatchObject({ status: 500 });
  expect(named('conversation turn')[0]?.attributes['error.type']).toBe('InternalServerError');
  expect(JSON.stringify(spans().map(({ attributes, events }) => [attributes, events]))).not.toContain(
    'secret',
  );
});

it('counts turns and summaries', async () => {
  const metrics = registerMetrics();
  const keep = { turns: 1, leave: 0 };
  const chat = await conversation({
    client: model.client,
    id: 'u',
    model: 'gpt-5-mini',
    via: 'history',
    keep,
  });
  for (const text of ['one', 'two', 'three']) await chat.send(text);
  const points = await metrics.points();
  await metrics.stop();
  const of = (name: string) => points.filter((point) => point.name === name);
  expect(of('telltale.conversation.turns')).toMatchObject([
    { attributes: { 'telltale.outcome': 'ok' }, value: 3 },
  ]);
  expect(of('telltale.conversation.summaries')).toMatchObject([{ value: 1 }]);
});

it('makes its calls in the name of its user', async () => {
  const client = observe(new OpenAI({ apiKey: 'k', baseURL: model.mock.url, maxRetries: 0 }), {
    limits: [{ requests: 1, per: 'day', scope: 'user' }],
    queue: { maxWaitMs: 1 },
  });
  const options = { client, model: 'gpt-5-mini', via: 'history' } as const;
  const chat = await conversation({ ...options, id: 'a', user: 'mallory' });
  await chat.send('one');
  await expect(chat.send('two')).rejects.toMatchObject({ code: 'wait_too_long' });
  const other = await conversation({ ...options, id: 'b', user: 'alice' });
  expect(await other.send('one')).toMatchObject({ outcome: 'ok' });
  expect(chat.totals()).toMatchObject({ turns: 2, calls: 1, unpricedCalls: 0 });
});

it('tells of every message which trace its turn has, also where it came to nothing', async () => {
  const chat = await conversation({ client: model.client, id: 'u-42', model: 'gpt-5-mini', via: 'history' });
  const { traceId } = await chat.send('one');
  await model.mock.close();
  await expect(chat.send('two')).rejects.toThrow();
  const failed = named('conversation turn').find(({ attributes }) => attributes['error.type'] !== undefined);
  expect(failed?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(chat.messages().map((message) => [message.turn, message.role, message.traceId])).toEqual([
    [1, 'user', traceId],
    [1, 'assistant', traceId],
    [2, 'user', failed?.spanContext().traceId],
  ]);
});
