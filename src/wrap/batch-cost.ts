import { costUsdOf } from '../account/cost.ts';
import type { PriceBook } from '../account/price-book.ts';
import { invalidOption } from '../check.ts';
import { asObject, asString } from '../json.ts';
import { readUsage } from '../send/usage.ts';

/** @throws TelltaleError `invalid_option` for something that is no object */
export function batchCostUsd(prices: PriceBook, batch: unknown): number | undefined {
  const given = asObject(batch);
  if (!given) throw invalidOption('batch', 'a batch, as `batches.retrieve` gives it', batch);
  const usage = readUsage(given['usage']);
  const price = prices.priceOf(asString(given['model']), undefined, 'batch');
  if (!usage || !price) return undefined;
  // The sum of all prompts does not say whether one of them was long.
  const { longPrompt } = price.audioMinuteUsd === undefined ? price : {};
  if (longPrompt && (usage.inputTokens ?? 0) > longPrompt.overTokens) return undefined;
  return costUsdOf(usage, price);
}
