import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ObserveOptions, observe } from '../../src/index.ts';
import { type Mock, startMock } from '../../src/mock/index.ts';
import { registerTracing } from './support.ts';

const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello?' }] };

describe('content that nobody records', () => {
  let mock: Mock;
  beforeEach(async () => {
    mock = await startMock({ port: 0, seed: 1, latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  });
  afterEach(() => mock.close());

  /** How often the user's function is asked during a call and a stream. */
  async function asked(): Promise<number> {
    let times = 0;
    const redact = (text: string): string => {
      times++;
      return text;
    };
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), { content: 'redacted', redact });
    await openai.chat.completions.create(question);
    for await (const _ of await openai.chat.completions.create({ ...question, stream: true }));
    return times;
  }

  it('is not looked at where no SDK is registered', async () => {
    expect(await asked()).toBe(0);
  });

  it('is not looked at where a span is not sampled', async () => {
    const sdk = new NodeSDK({
      autoDetectResources: false,
      sampler: new AlwaysOffSampler(),
      spanProcessors: [],
      metricReaders: [],
      logRecordProcessors: [],
    });
    sdk.start();
    expect(await asked()).toBe(0);
    await sdk.shutdown();
    for (const api of [trace, metrics, context, propagation]) api.disable();
  });

  it('is looked at where one is', async () => {
    const tracing = registerTracing();
    expect(await asked()).toBeGreaterThan(0);
    await tracing.stop();
  });
});

describe('bad options of content', () => {
  it.each<[object, string]>([
    [
      { content: 'all' },
      "Expected `options.content` to be 'none' or 'redacted' or 'full', got `\"all\"` (string)",
    ],
    [
      { contentMaxBytes: 100 },
      'Expected `options.contentMaxBytes` to be an integer of at least 1024, got `100` (number)',
    ],
    [{ redact: /x/ }, 'Expected `options.redact` to be a function'],
    [{ contentMaxByte: 1024 }, 'Unknown option `options.contentMaxByte`. Did you mean `contentMaxBytes`?'],
  ])('%o are refused in a sentence', (options, message) => {
    const client = new OpenAI({ apiKey: 'k' });
    expect(() => observe(client, options as ObserveOptions)).toThrow(message);
    expect(Object.hasOwn(client, 'makeRequest')).toBe(false);
  });

  it('are told apart: another function is another option', () => {
    const redact = (text: string): string => text;
    const client = observe(new OpenAI({ apiKey: 'k' }), { content: 'redacted', redact });
    expect(observe(client, { content: 'redacted', redact })).toBe(client);
    expect(() => observe(client, { content: 'redacted', redact: (text) => text })).toThrow(
      /already observed/,
    );
  });
});
