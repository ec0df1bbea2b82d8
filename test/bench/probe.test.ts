import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { afterAll, expect, test } from 'vitest';
import { openTelemetrySink } from '../../bench/floor/open-telemetry.ts';
import { probe } from '../../bench/others/probe.ts';
import { ScriptedProvider } from '../../bench/others/scripted-provider.ts';
import { clientOptions } from '../../bench/subjects.ts';
import { observe } from '../../src/index.ts';

const sink = openTelemetrySink();
afterAll(() => sink.shutdown());

function newClient() {
  const provider = new ScriptedProvider();
  return { provider, openai: new OpenAI(clientOptions(provider.fetch)) };
}

test('Telltale is seen to tell of attempts, of the usage of streams and of their first chunk, and no content', async () => {
  const { provider, openai } = newClient();
  const { observed } = await probe(observe(openai), sink, provider);
  expect(observed).toEqual({ attempts: true, streamUsage: true, firstChunk: true, content: false });
});

test('a wrapper that says what it was asked and for how long, is seen to tell of the content alone', async () => {
  const { provider, openai } = newClient();
  const create = openai.chat.completions.create.bind(openai.chat.completions) as (
    body: object,
  ) => PromiseLike<unknown>;
  Object.assign(openai.chat.completions, {
    create: async (body: object) => {
      const startedMs = performance.now();
      const answer = await create(body);
      const span = trace.getTracer('test').startSpan('chat', { attributes: { asked: JSON.stringify(body) } });
      span.setAttribute('took_about', Math.floor((performance.now() - startedMs) / 5)).end();
      return answer;
    },
  });
  const { observed, call } = await probe(openai, sink, provider);
  expect(call.counts.spans).toBe(1);
  expect(observed).toEqual({ attempts: false, streamUsage: false, firstChunk: false, content: true });
});

test('a client that nobody observes is seen to tell nothing', async () => {
  const { provider, openai } = newClient();
  const { observed, call } = await probe(openai, sink, provider);
  expect(call.facts).toEqual([]);
  expect(observed).toEqual({ attempts: false, streamUsage: false, firstChunk: false, content: false });
});
