import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';

/** A batch as it is once it is completed. */
const batchOf = (model: string | undefined, input: number, output: number, cached = 0, written?: number) => ({
  id: 'batch_1',
  object: 'batch',
  status: 'completed',
  ...(model !== undefined && { model }),
  usage: {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cached,
      ...(written !== undefined && { cache_write_tokens: written }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  },
});

const million = 1_000_000;
const costOf = (batch: object, options: ObserveOptions = {}) =>
  telltale(observe(new OpenAI({ apiKey: 'k' }), options)).batchCostUsd(batch);

test.each([
  // Half of 0.25 and 2, and a tenth of that half for what was cached.
  [
    'at the rates of batches, which are those of flex',
    batchOf('gpt-5-mini-2025-08-07', million, million),
    {},
    1.125,
  ],
  ['with what came from the cache', batchOf('gpt-5-mini', million, 0, million), {}, 0.0125],
  [
    'at a price of the user’s own for batches',
    batchOf('mine', million, million),
    { mine: { inputUsd: 8, outputUsd: 8, tiers: { batch: { inputUsd: 1, outputUsd: 2 } } } },
    3,
  ],
  [
    'at a price of the user’s own for flex',
    batchOf('mine', million, million),
    { mine: { inputUsd: 8, outputUsd: 8, tiers: { flex: { inputUsd: 4, outputUsd: 4 } } } },
    8,
  ],
  ['at a price that names no tiers', batchOf('mine', million, 0), { mine: { inputUsd: 8, outputUsd: 8 } }, 8],
  ['of short prompts', batchOf('gpt-6-sol', 272_000, 0, 0, 0), {}, 0.272],
] as const)('a batch costs %s', (_, batch, prices, usd) => {
  expect(costOf(batch, { prices })).toBe(usd);
});

test.each([
  ['no model is named', batchOf(undefined, 10, 10)],
  ['its usage is not told', { id: 'batch_1', status: 'in_progress', model: 'gpt-5-mini' }],
  ['the model has no price', batchOf('not-a-model', 10, 10)],
  ['the model has no price for batches', batchOf('gpt-5-pro', 10, 10)],
  ['some prompts may have been long', batchOf('gpt-6-sol', 272_001, 0, 0, 0)],
  ['nobody says what was written into the cache', batchOf('gpt-6-sol', 1_000, 0)],
])('the cost of a batch is not known where %s', (_, batch) => {
  expect(costOf(batch)).toBeUndefined();
});

test.each([undefined, null, 'batch_1', []])('%o is no batch', (batch) => {
  expect(() => costOf(batch as never)).toThrow(
    'Expected `batch` to be a batch, as `batches.retrieve` gives it',
  );
});
