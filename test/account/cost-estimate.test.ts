import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostCostPico, mostTokensOf } from '../../src/account/budget/most-cost.ts';
import { PriceBook } from '../../src/account/price-book.ts';
import { costOf, estimateCost, pricedModels } from '../../src/index.ts';
import { endedCall } from './calls.ts';

describe('estimateCost', () => {
  it('gives the least, the likely and the most', () => {
    const exact = estimateCost({
      model: 'gpt-5',
      inputTokens: 1_000_000,
      outputTokens: 100_000,
      maxOutputTokens: 200_000,
    });
    expect(exact).toEqual({
      model: 'gpt-5',
      inputTokens: { likely: 1_000_000, most: 1_000_000 },
      outputTokens: { likely: 100_000, most: 200_000 },
      usd: { least: 1.25, likely: 2.25, most: 3.25 },
    });
  });

  it('takes a batch at half the price, and what is cached at its own, but for the most', () => {
    const question = { model: 'gpt-5', inputTokens: 1_000_000, maxOutputTokens: 0 };
    expect(estimateCost({ ...question, batch: true }).usd).toEqual({ least: 0.625, most: 0.625 });
    expect(estimateCost({ ...question, cachedInputTokens: 500_000 }).usd).toEqual({
      least: 0.6875,
      most: 1.25,
    });
  });

  it('measures a text, messages and a request body', () => {
    expect(estimateCost({ model: 'gpt-5', input: 'x'.repeat(400) }).inputTokens).toEqual({
      likely: 100,
      most: 200,
    });
    const messages = [{ role: 'user', content: 'x'.repeat(400) }];
    const { inputTokens } = estimateCost({ model: 'gpt-5', input: messages });
    expect(inputTokens.likely).toBeGreaterThan(100);
    const body = { messages, max_completion_tokens: 50, n: 3 };
    expect(estimateCost({ model: 'gpt-5', input: body })).toMatchObject({
      inputTokens,
      outputTokens: { most: 150 },
    });
  });

  it('knows no most where nothing bounds the answer, unless there is none', () => {
    expect(estimateCost({ model: 'gpt-5', inputTokens: 8 }).usd).toEqual({ least: 0.00001 });
    expect(estimateCost({ model: 'text-embedding-3-small', inputTokens: 100 }).usd).toEqual({
      least: 0.000002,
      most: 0.000002,
    });
  });

  it('knows no likely cost of an answer that may be sound', () => {
    const { usd } = estimateCost({
      model: 'gpt-audio',
      inputTokens: 100,
      outputTokens: 10,
      maxOutputTokens: 10,
    });
    expect(usd).toEqual({ least: 0.00025, most: (100 * 32 + 10 * 64) / 1e6 });
  });

  it.each([
    ['model', { model: 'gpt-unheard-of' }],
    ['tier', { model: 'gpt-4o', batch: true }],
    ['tier', { model: 'gpt-5.4', serviceTier: 'priority', inputTokens: 300_000 }],
    ['time', { model: 'whisper-1' }],
  ])('is undefined for a %s without a price: %j', (unpriced, question) => {
    const estimate = estimateCost({ inputTokens: 10, maxOutputTokens: 10, ...question });
    expect(estimate.usd).toBeUndefined();
    expect(estimate.unpriced).toBe(unpriced);
  });

  it('knows the dearer of a tier and the standard that may serve in its place', () => {
    const flex = estimateCost({
      model: 'gpt-5',
      inputTokens: 1_000_000,
      serviceTier: 'flex',
      maxOutputTokens: 0,
    });
    expect(flex.usd).toEqual({ least: 0.625, most: 1.25 });
  });

  it('has prices of the user before those of the table', () => {
    const prices = { mine: { inputUsd: 1, outputUsd: 2 } };
    const { usd } = estimateCost({ model: 'mine', inputTokens: 1_000_000, outputTokens: 1_000_000, prices });
    expect(usd).toEqual({ least: 1, likely: 3 });
  });

  it.each([
    [{ model: 'gpt-5' }, 'Expected `question.input` to be a text, messages or a request'],
    [{ model: '', input: 'x' }, 'Expected `question.model` to be a non-empty string'],
    [{ model: 'gpt-5', inputTokens: -3 }, 'Expected `question.inputTokens` to be an integer from 0 to'],
    [{ model: 'gpt-5', input: 7 }, 'Expected `question.input` to be a text, a list of messages'],
    [{ model: 'gpt-5', input: 'x', maxOutput: 7 }, 'Unknown option `question.maxOutput`'],
    [
      { model: 'gpt-5', inputTokens: 1, cachedInputTokens: 2 },
      'Expected `question.cachedInputTokens` to be at most',
    ],
    [{ model: 'gpt-5', input: 'x', batch: true, serviceTier: 'flex' }, 'absent beside `batch`'],
    [{ model: 'gpt-5', input: 'x', batch: 'yes' }, 'Expected `question.batch` to be true or false'],
    [{ model: 'gpt-5', input: 'x', prices: { 'gpt-5': {} } }, 'question.prices["gpt-5"].inputUsd'],
  ])('turns down %j', (question, message) => {
    expect(() => estimateCost(question as never)).toThrow(message);
  });

  const models = Object.entries(pricedModels().models)
    .filter(([, price]) => price.audioMinuteUsd === undefined)
    .map(([model]) => model);

  it('never has a least above the likely, nor that above the most; the most is what a budget reserves', () => {
    const anyText = fc.oneof(
      fc.array(fc.nat({ max: 0xffff }), { maxLength: 300 }).map((codes) => String.fromCharCode(...codes)),
      // A long prompt, as tokens.
      fc.constant(new Array<number>(300_000).fill(7)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        anyText,
        fc.nat({ max: 10_000 }),
        fc.nat({ max: 10_000 }),
        fc.nat({ max: 500 }),
        (model, text, likely, most, cachedInputTokens) => {
          const body = { model, input: text, max_output_tokens: most };
          const { usd, ...rest } = estimateCost({
            model,
            input: body,
            outputTokens: likely,
            cachedInputTokens,
          });
          expect(rest.inputTokens.likely).toBeLessThanOrEqual(rest.inputTokens.most);
          const { least = 0, most: mostUsd = Number.NaN, likely: likelyUsd = least } = usd ?? {};
          expect(least).toBeLessThanOrEqual(likelyUsd);
          expect(likelyUsd).toBeLessThanOrEqual(mostUsd);
          const { request } = endedCall({ model, endpoint: 'responses', body });
          const reserved = mostCostPico(
            request,
            model,
            mostTokensOf(request),
            new PriceBook(undefined),
            4_096,
          );
          expect(BigInt(Math.round(mostUsd * 1e12))).toBe(reserved);
        },
      ),
    );
  });

  it('is likely to cost what it then costs, where the tokens were right', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        fc.nat({ max: 400_000 }),
        fc.nat({ max: 100_000 }),
        fc.boolean(),
        (model, inputTokens, outputTokens, batch) => {
          const { usd } = estimateCost({ model, inputTokens, outputTokens, batch });
          expect(usd?.likely).toBe(costOf({ model, usage: { inputTokens, outputTokens }, batch }));
        },
      ),
    );
  });
});

describe('pricedModels', () => {
  it('is a copy that nobody can change the prices by', () => {
    const { asOf, models } = pricedModels();
    expect(asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    (models['gpt-5'] as { inputUsd: number }).inputUsd = 0;
    expect(costOf({ model: 'gpt-5', usage: { inputTokens: 1_000_000, outputTokens: 0 } })).toBe(1.25);
  });
});
