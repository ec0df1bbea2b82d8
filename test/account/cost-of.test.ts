import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceTiers } from '../../src/account/prices.ts';
import { type Call, costOf, observe, pricedModels, telltale } from '../../src/index.ts';

/** Answers each chat with the usage that its first message says. */
const server = http.createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  const { model, messages } = JSON.parse(text);
  const { usage, tier } = JSON.parse(messages[0].content);
  response.setHeader('content-type', 'application/json').end(
    JSON.stringify({
      id: 'chat-1',
      object: 'chat.completion',
      model,
      service_tier: tier,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Yes.' } }],
      usage,
    }),
  );
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

function newClient(onCall: (call: Readonly<Call>) => void): OpenAI {
  const { port } = server.address() as AddressInfo;
  const openai = new OpenAI({ apiKey: 'test', baseURL: `http://127.0.0.1:${port}/v1` });
  const observed = observe(openai);
  telltale(observed).on('call', onCall);
  return observed;
}

describe('costOf', () => {
  it('is what stats() says of the same usage, at every model and tier', async () => {
    const count = fc.nat({ max: 300_000 });
    const provided = fc.record({
      prompt: count,
      cached: fc.nat({ max: 100 }),
      written: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
      audio: fc.option(count, { nil: undefined }),
      completion: count,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(pricedModels().models), 'gpt-5-2025-08-07', 'unheard-of'),
        fc.constantFrom(undefined, 'default', 'fast', ...serviceTiers),
        provided,
        async (model, tier, { prompt, cached, written, audio, completion }) => {
          const calls: Readonly<Call>[] = [];
          const openai = newClient((call) => calls.push(call));
          const usage = {
            prompt_tokens: prompt,
            completion_tokens: completion,
            prompt_tokens_details: {
              cached_tokens: cached,
              cache_write_tokens: written,
              audio_tokens: audio,
            },
          };
          const content = JSON.stringify({ usage, tier });
          await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] });
          const { cost } = telltale(openai).stats();
          const { usage: told = { source: 'unknown' as const } } = calls[0] ?? {};
          expect(told.source).toBe('provider');
          const usd = costOf({ model, usage: told, ...(tier !== undefined && { serviceTier: tier }) });
          // The sum of `stats()` is exact, and the number that shows it may differ in its last bit.
          expect(Math.round((usd ?? 0) * 1e12)).toBe(Math.round(cost.usd * 1e12));
          expect(usd === undefined).toBe(cost.unknownCalls === 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes counts of nobody said to be the whole, and a provider that writes for money at its word only', () => {
    const usage = { inputTokens: 100_000, outputTokens: 0 };
    expect(costOf({ model: 'gpt-6-luna', usage })).toBe(0.01);
    expect(costOf({ model: 'gpt-6-luna', usage: { ...usage, source: 'provider' } })).toBeUndefined();
    expect(costOf({ model: 'gpt-6-luna', usage: { ...usage, source: 'unknown' } })).toBeUndefined();
  });

  it('charges batches at their price, and time by the minute', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0 };
    expect(costOf({ model: 'gpt-5', usage, batch: true })).toBe(0.625);
    expect(costOf({ model: 'gpt-4o', usage, batch: true })).toBeUndefined();
    expect(costOf({ model: 'whisper-1', usage: { audioSeconds: 60 } })).toBe(0.006);
  });

  it.each([
    [{ model: 'gpt-5' }, 'Expected `question.usage` to be an object'],
    [
      { model: 'gpt-5', usage: { inputTokens: -1 } },
      'Expected `question.usage.inputTokens` to be an integer',
    ],
    [
      { model: 'gpt-5', usage: { inputTokens: 1.5 } },
      'Expected `question.usage.inputTokens` to be an integer',
    ],
    [{ model: 'gpt-5', usage: { inputToken: 1 } }, 'Did you mean `inputTokens`?'],
    [{ model: 'gpt-5', usage: { audioSeconds: Number.NaN } }, 'question.usage.audioSeconds'],
    [{ model: 'gpt-5', usage: { source: 'me' } }, 'Expected `question.usage.source` to be'],
    [{ usage: {} }, 'Expected `question.model` to be a non-empty string'],
  ])('turns down %j', (question, message) => {
    expect(() => costOf(question as never)).toThrow(message);
  });
});
