import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostCostPico, mostTokensOf } from '../../../src/account/budget/most-cost.ts';
import { costPicoUsd } from '../../../src/account/cost.ts';
import { PriceBook } from '../../../src/account/price-book.ts';
import type { ModelPrice } from '../../../src/account/prices.ts';
import type { CallRequest } from '../../../src/call.ts';

const prices: Readonly<Record<string, ModelPrice>> = {
  plain: {
    inputUsd: 1,
    cachedInputUsd: 0.1,
    outputUsd: 10,
    tiers: { flex: { inputUsd: 0.5, outputUsd: 5 }, priority: { inputUsd: 2, outputUsd: 20 } },
  },
  writing: { inputUsd: 1, cacheWriteInputUsd: 1.25, outputUsd: 10 },
  long: { inputUsd: 1, outputUsd: 10, longPrompt: { overTokens: 1_000, inputUsd: 2, outputUsd: 15 } },
  speaking: { inputUsd: 1, audioInputUsd: 30, outputUsd: 10, audioOutputUsd: 60 },
  drawing: { inputUsd: 5, outputUsd: 40, imageOutputUsd: 40 },
  hearing: { audioMinuteUsd: 0.006 },
};
const book = new PriceBook(prices);

function request(body: Record<string, unknown>, endpoint: CallRequest['endpoint'] = 'chat'): CallRequest {
  return {
    operation: 'chat',
    endpoint,
    method: 'POST',
    route: '/chat/completions',
    streamed: false,
    provider: 'openai',
    serverAddress: 'localhost',
    body,
    ...(typeof body['model'] === 'string' && { model: body['model'] }),
  };
}

function mostUsd(of: CallRequest, assumed = 4_096): number | undefined {
  const pico = mostCostPico(of, of.model, mostTokensOf(of), book, assumed);
  return pico === undefined ? undefined : Number(pico) / 1e6;
}

/** In millionths of a dollar: ten tokens of `input` are 20 characters. */
const input = 'x'.repeat(20);

describe('the most that a call may cost', () => {
  test.each<[string, CallRequest, number | undefined]>([
    ['its prompt and its maximum', request({ model: 'plain', input, max_output_tokens: 100 }), 10 + 1_000],
    ['the older name of it', request({ model: 'plain', prompt: input, max_tokens: 100 }), 10 + 1_000],
    ['what is assumed where there is no maximum', request({ model: 'plain', input }), 10 + 40_960],
    ['each of several answers', request({ model: 'plain', input, max_tokens: 100, n: 3 }), 10 + 3_000],
    ['no output of embeddings', request({ model: 'plain', input }, 'embeddings'), 10],
    ['nothing off for a cache', request({ model: 'writing', input, max_output_tokens: 0 }), 12.5],
    [
      'a long prompt',
      request({ model: 'long', input: 'x'.repeat(2_002), max_output_tokens: 10 }),
      2_002 + 150,
    ],
    ['sound at its own price', request({ model: 'speaking', input, max_output_tokens: 10 }), 300 + 600],
    ['a picture', request({ model: 'drawing', prompt: input }, 'images'), 50 + 6_240 * 40],
    ['ten minutes of a recording', request({ model: 'hearing' }, 'audio'), 60_000],
    [
      'the tier that is asked for',
      request({ model: 'plain', input, max_output_tokens: 1, service_tier: 'priority' }),
      40,
    ],
    [
      'standard where a tier has no room',
      request({ model: 'plain', input, max_output_tokens: 1, service_tier: 'flex' }),
      20,
    ],
    [
      'nothing known of a tier without a price',
      request({ model: 'plain', input, service_tier: 'scale' }),
      undefined,
    ],
    ['nothing known of a model without one', request({ model: 'other', input }), undefined],
    ['nothing known without a model', request({ input }), undefined],
    [
      'other scripts as two tokens a character',
      request({ model: 'plain', input: '你好', max_output_tokens: 0 }),
      4,
    ],
  ])('is %s', (_what, of, expected) => {
    expect(mostUsd(of)).toBe(expected);
  });

  test('is by an exact tokenizer where there is one, and not by one that gives nonsense', () => {
    const of = request({ model: 'plain', input });
    expect(mostTokensOf(of, () => 3).inputTokens).toBe(3);
    for (const nonsense of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(mostTokensOf(of, () => nonsense).inputTokens).toBe(10);
  });

  test('never throws, whatever the body', () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('a trap');
        },
      },
    );
    expect(mostTokensOf({ ...request({}), body: trap })).toMatchObject({
      inputTokens: 0,
      outputTokens: undefined,
    });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('model', 'n', 'max_tokens', 'input', 'service_tier'), fc.anything()),
        (body) => {
          const most = mostCostPico(request(body), 'plain', mostTokensOf(request(body)), book, 1);
          expect(most === undefined || most >= 0n).toBe(true);
        },
      ),
    );
  });

  test('is never less than what it does cost, with any use within those tokens', () => {
    const models = ['plain', 'writing', 'long'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.nat({ max: 5_000 }),
        fc.nat({ max: 5_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (model, characters, maximum, share, written) => {
          const of = request({ model, input: 'x'.repeat(characters), max_output_tokens: maximum });
          const tokens = mostTokensOf(of);
          const inputTokens = Math.floor(tokens.inputTokens * share);
          const cacheWriteInputTokens = Math.floor(inputTokens * written);
          const cost = costPicoUsd(
            {
              source: 'provider',
              inputTokens,
              cachedInputTokens: Math.floor((inputTokens - cacheWriteInputTokens) / 2),
              cacheWriteInputTokens,
              outputTokens: Math.floor(maximum * share),
            },
            book.priceOf(model, undefined, undefined),
          );
          const most = mostCostPico(of, model, tokens, book, 1);
          expect(cost).toBeDefined();
          expect(most !== undefined && BigInt(cost ?? 0) <= most).toBe(true);
        },
      ),
    );
  });
});
