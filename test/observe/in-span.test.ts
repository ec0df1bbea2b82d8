import { context } from '@opentelemetry/api';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginSpan, callWith, inSpan, observe, TelltaleError } from '../../src/index.ts';
import { type Mock, startMock } from '../../src/mock/index.ts';
import { registerTracing } from './support.ts';

describe('with an SDK', () => {
  let tracing: ReturnType<typeof registerTracing>;
  let mock: Mock;
  let openai: OpenAI;
  beforeEach(async () => {
    tracing = registerTracing();
    mock = await startMock();
    openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }));
  });
  afterEach(async () => {
    await tracing.stop();
    await mock.close();
  });

  const finished = () => tracing.spans.getFinishedSpans();
  const named = (name: string) => finished().find((span) => span.name === name);

  it('has the calls of its work below it, in their conversation', async () => {
    await inSpan('work', { attributes: { 'app.size': 3 } }, () =>
      callWith({ conversation: 'c-1' }, () =>
        openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] }),
      ),
    );
    const [work, call] = [named('work'), named('chat gpt-5-mini')];
    expect(work?.attributes).toEqual({ 'app.size': 3 });
    expect(call?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
    expect(call?.attributes['gen_ai.conversation.id']).toBe('c-1');
  });

  it('goes before the conversation that the request names', async () => {
    const { id } = await openai.conversations.create();
    await callWith({ conversation: 'mine' }, () =>
      openai.responses.create({ model: 'gpt-5-mini', input: 'Hi', conversation: id }),
    );
    expect(named('chat gpt-5-mini')?.attributes['gen_ai.conversation.id']).toBe('mine');
  });

  it('goes on with a trace that was begun elsewhere, and links what is active here', () => {
    const first = beginSpan('first');
    first.end();
    inSpan('here', {}, () => beginSpan('second', { traceparent: first.traceparent }).end());
    const second = named('second');
    expect(second?.spanContext().traceId).toBe(first.traceId);
    expect(second?.parentSpanContext?.spanId).toBe(named('first')?.spanContext().spanId);
    expect(second?.links.map((link) => link.context.spanId)).toEqual([named('here')?.spanContext().spanId]);
  });

  it('begins when the work did, where that was earlier', () => {
    const startedAtMs = Date.now() - 60_000;
    beginSpan('late', { startedAtMs }).end();
    const [seconds = 0, nanos = 0] = named('late')?.startTime ?? [];
    expect(seconds * 1_000 + nanos / 1e6).toBeCloseTo(startedAtMs, 3);
    const [lasted = 0] = named('late')?.duration ?? [];
    expect(lasted).toBeGreaterThanOrEqual(59);
    expect(() => beginSpan('wrong', { startedAtMs: -1 })).toThrow('Expected `options.startedAtMs`');
  });

  it.each([
    ['a code of ours', new TelltaleError('flagged', 'secret'), 'flagged'],
    ['a class', new RangeError('secret'), 'RangeError'],
    ['no error at all', 'secret', 'String'],
    ['nothing', null, '_OTHER'],
  ])('tells of a failure by %s, never by its message', async (_, error, type) => {
    await expect(inSpan('async', {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(() =>
      inSpan('sync', {}, () => {
        throw error;
      }),
    ).toThrow();
    for (const name of ['async', 'sync']) {
      expect(named(name)?.attributes).toEqual({ 'error.type': type });
      expect(named(name)?.status.code).toBe(2);
    }
    expect(JSON.stringify(finished().map(({ attributes, events }) => [attributes, events]))).not.toContain(
      'secret',
    );
  });

  it('ends once', () => {
    const span = beginSpan('once');
    span.end();
    span.end(new Error('late'));
    expect(finished().map(({ name, status }) => [name, status.code])).toEqual([['once', 0]]);
  });
});

it('does its work and says nothing where nobody traces', () => {
  expect(inSpan('work', {}, ({ traceparent, traceId }) => [traceparent, traceId])).toEqual([
    undefined,
    undefined,
  ]);
  expect(context.active()).toBeDefined();
});

it.each([
  [{ traceparent: 'nonsense' }, 'Expected `options.traceparent` to be a traceparent'],
  [{ traceparent: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01` }, 'Expected `options.traceparent`'],
  [{ parent: 'x' }, 'Unknown option `options.parent`'],
])('%j is refused', (options, sentence) => {
  expect(() => beginSpan('work', options as never)).toThrow(sentence);
});
