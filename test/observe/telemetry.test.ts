import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observe, telltale } from '../../src/index.ts';
import { type Mock, type MockOptions, startMock } from '../../src/mock/index.ts';
import { type Point, registerMetrics, registerTracing } from './support.ts';

const instant = { firstTokenMs: 0, betweenTokensMs: 0 };
const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello?' }] };
let mock: Mock;
let openai: OpenAI;

async function start(
  options: MockOptions = {},
  observeOptions?: Parameters<typeof observe>[1],
): Promise<void> {
  mock = await startMock({ port: 0, seed: 1, latency: instant, ...options });
  openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), observeOptions);
}

afterEach(async () => {
  await mock.close();
});

describe('with no SDK registered', () => {
  it('calls work and are counted', async () => {
    await start();
    await openai.chat.completions.create(question);
    const stats = telltale(openai).stats();
    expect(stats).toMatchObject({ calls: 1, attempts: 1, inFlight: 0, outcomes: { ok: 1 } });
    expect(stats.cost.usd).toBeGreaterThan(0);
    expect(telltale(openai).openCalls()).toBe(0);
  });

  it('an SDK registered later is used from then on', async () => {
    await start();
    await openai.chat.completions.create(question);
    const tracing = registerTracing();
    const measuring = registerMetrics();
    await openai.chat.completions.create(question);
    expect(tracing.spans.getFinishedSpans()).toHaveLength(2);
    expect(sum(await measuring.points(), 'telltale.attempts')).toBe(1);
    await tracing.stop();
    await measuring.stop();
  });
});

describe('the metrics of calls', () => {
  let measuring: ReturnType<typeof registerMetrics>;
  beforeEach(() => {
    measuring = registerMetrics();
  });
  afterEach(async () => {
    await measuring.stop();
  });

  it('agree with the provider to the token, and with the statistics to the cent', async () => {
    await start({}, { streamUsage: 'ask' });
    await openai.chat.completions.create(question);
    await openai.responses.create({ model: 'gpt-5-mini', input: 'Hello?' });
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'Hello?' });
    for await (const _ of await openai.chat.completions.create({ ...question, stream: true }));
    for await (const _ of await openai.responses.create({
      model: 'gpt-5-mini',
      input: 'Hello?',
      stream: true,
    }));
    const points = await measuring.points();
    const ledger = mock.ledger();
    const total = (count: (usage: NonNullable<(typeof ledger)[number]['usage']>) => number | undefined) =>
      ledger.reduce((sum, entry) => sum + (entry.usage ? (count(entry.usage) ?? 0) : 0), 0);
    expect(sum(points, 'telltale.tokens', 'input')).toBe(total((usage) => usage.inputTokens));
    expect(sum(points, 'telltale.tokens', 'output')).toBe(total((usage) => usage.outputTokens));
    expect(sum(points, 'telltale.tokens', 'reasoning')).toBe(total((usage) => usage.reasoningTokens));
    expect(sum(points, 'telltale.cost')).toBeCloseTo(telltale(openai).stats().cost.usd, 12);
    expect(sum(points, 'telltale.attempts')).toBe(5);
    expect(telltale(openai).stats()).toMatchObject({
      calls: 5,
      usageSources: { provider: 5, estimated: 0, unknown: 0 },
    });
  });

  it('never carry an identifier, a key or content', async () => {
    await start();
    await openai.chat.completions.create({ ...question, user: 'secret-user' });
    await openai.models.retrieve('gpt-5').catch(() => undefined);
    const text = JSON.stringify(await measuring.points());
    for (const secret of ['secret-user', 'Hello?', 'req_', 'chatcmpl', 'Bearer'])
      expect(text).not.toContain(secret);
  });

  it('count retries by the reason of the attempt before', async () => {
    await start({ schedule: [{ forMs: 60_000, faults: [{ status: 503, rate: 1, retryAfterMs: 1 }] }] });
    await expect(openai.chat.completions.create(question)).rejects.toThrow(OpenAI.InternalServerError);
    const points = await measuring.points();
    const retries = points.filter((point) => point.name === 'telltale.retries');
    expect(retries).toMatchObject([{ value: 2, attributes: { 'telltale.reason': '503' } }]);
    expect(points.find((point) => point.name === 'telltale.backoff.wait')).toMatchObject({
      value: { count: 2 },
    });
  });
});

describe("a streamed chat whose caller did not ask for usage, with streamUsage: 'ask'", () => {
  it('is told by the provider, and the caller sees the chunks of a bare client', async () => {
    await start({}, { streamUsage: 'ask' });
    const chunks = [];
    for await (const chunk of await openai.chat.completions.create({ ...question, stream: true }))
      chunks.push(chunk);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(telltale(openai).stats().usageSources.provider).toBe(1);
  });

  it('still gets the usage chunk to a caller who asked', async () => {
    await start({}, { streamUsage: 'ask' });
    const chunks = [];
    const stream = await openai.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(0);
  });

  it('works with a provider that refuses the field, and does not ask it again', async () => {
    await start({ refuseStreamOptions: true }, { streamUsage: 'ask' });
    for (let call = 0; call < 2; call++) {
      const stream = await openai.chat.completions.create({ ...question, stream: true });
      let chunks = 0;
      for await (const _ of stream) chunks++;
      expect(chunks).toBeGreaterThan(0);
    }
    expect(mock.ledger().map((entry) => entry.status)).toEqual([400, 200, 200]);
    expect(telltale(openai).stats()).toMatchObject({
      calls: 2,
      attempts: 3,
      outcomes: { ok: 2 },
      usageSources: { estimated: 2 },
    });
  });
});

describe('bad options', () => {
  it.each([
    [{ streamUsag: 'ask' }, 'Unknown option `options.streamUsag`. Did you mean `streamUsage`?'],
    [{ streamUsage: 'yes' }, "Expected `options.streamUsage` to be 'as-is' or 'ask', got `\"yes\"` (string)"],
    [
      { log: 'pino' },
      'Expected `options.log` to be a logger with the methods info, warn and error, such as `pino()`, got `"pino"` (string)',
    ],
    [
      { log: { info() {}, error() {} } },
      'Expected `options.log.warn` to be a function, got `undefined` (undefined)',
    ],
    [{ prices: { 'gpt-5': { inputUsd: -1, outputUsd: 1 } } }, '(number)'],
  ])('%o are refused in a sentence, and the client stays as it was', async (options, message) => {
    await start();
    const client = new OpenAI({ apiKey: 'k' });
    expect(() => observe(client, options as never)).toThrow(message);
    expect(Object.hasOwn(client, 'makeRequest')).toBe(false);
  });
});

function sum(points: readonly Point[], name: string, tokenType?: string): number {
  return points
    .filter(
      (point) =>
        point.name === name &&
        (tokenType === undefined || point.attributes['gen_ai.token.type'] === tokenType),
    )
    .reduce((total, point) => total + Number(point.value), 0);
}
