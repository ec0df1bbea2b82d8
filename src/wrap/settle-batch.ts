import { cacheSavedUsdOf } from '../account/cache-saving.ts';
import type { PriceBook } from '../account/price-book.ts';
import type { Call } from '../call.ts';
import type { Answer } from '../send/answer.ts';
import { type BatchBook, makesBatch } from './batch-book.ts';
import { priceOfBatch } from './batch-cost.ts';

/** Statuses in which a batch will not change any more. */
const ends: readonly (string | undefined)[] = ['completed', 'failed', 'expired', 'cancelled'];

/**
 * Of a call that makes a batch, or asks of one: what a batch used is on the first call that brings it after it has ended, if
 * the batch was made or is expected here.
 */
export function settleBatch(call: Call, answer: Answer, prices: PriceBook, batches: BatchBook): void {
  call.usage = { source: 'unknown' };
  const { type, id, status, model, completedRequests = 0 } = answer.response.resource ?? {};
  if (type !== 'batch' || id === undefined) return;
  if (makesBatch(call.request)) {
    batches.expect(id);
    call.job = { part: 'begins', isBatch: true };
    return;
  }
  if (!ends.includes(status) || !batches.isOpen(id)) return;
  if (!answer.usage) {
    if (status === 'failed' || completedRequests === 0) batches.book(id);
    else if (batches.end(id)) call.job = { part: 'ends', isBatch: true };
    return;
  }
  batches.book(id);
  call.usage = answer.usage;
  call.job = { part: 'books', isBatch: true, ...(model !== undefined && { model }) };
  if (model !== undefined) call.response.model = model;
  const { costUsd, price } = priceOfBatch(prices, answer.usage, model);
  if (costUsd !== undefined) call.costUsd = costUsd;
  const cacheSavedUsd = cacheSavedUsdOf(answer.usage, costUsd, price, undefined);
  if (cacheSavedUsd !== undefined) call.cacheSavedUsd = cacheSavedUsd;
}
