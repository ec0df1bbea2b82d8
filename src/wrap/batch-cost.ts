import { costUsdOf } from '../account/cost.ts';
import type { PriceBook } from '../account/price-book.ts';
import type { CallPrice } from '../account/prices.ts';
import type { Usage } from '../call.ts';
import { invalidOption } from '../check.ts';
import { asObject, asWord } from '../json.ts';
import { readUsage } from '../send/usage.ts';

/** @throws TelltaleError `invalid_option` for something that is no object */
export function batchCostUsd(prices: PriceBook, batch: unknown): number | undefined {
  const given = asObject(batch);
  if (!given) throw invalidOption('batch', 'a batch, as `batches.retrieve` gives it', batch);
  const usage = readUsage(given['usage']);
  return usage && priceOfBatch(prices, usage, asWord(given['model'])).costUsd;
}

/** What all requests of a batch together cost. */
export function priceOfBatch(
  prices: PriceBook,
  usage: Usage,
  model: string | undefined,
): { readonly costUsd: number | undefined; readonly price: CallPrice | undefined } {
  const price = prices.priceOf(model, undefined, 'batch');
  if (!price) return { costUsd: undefined, price };
  // The sum of all prompts does not say whether one of them was long.
  const { longPrompt } = price.audioMinuteUsd === undefined ? price : {};
  const mayBeLong = longPrompt !== undefined && (usage.inputTokens ?? 0) > longPrompt.overTokens;
  return { costUsd: mayBeLong ? undefined : costUsdOf(usage, price), price };
}
