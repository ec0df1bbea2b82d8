import type { Usage } from '../call.ts';
import { costUsdOf } from './cost.ts';
import type { CallPrice } from './prices.ts';

/**
 * What the provider's prompt cache saved on a call, in USD: what it would have cost with nothing read from the cache and
 * nothing written into it, less what it did cost. Below 0 where more was paid for writing than reading saved. Undefined
 * where neither was done, or where it cannot be known.
 */
export function cacheSavedUsdOf(
  usage: Usage,
  costUsd: number | undefined,
  price: CallPrice | undefined,
  body: Readonly<Record<string, unknown>> | undefined,
): number | undefined {
  const { cachedInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  if (costUsd === undefined || cachedInputTokens + cacheWriteInputTokens === 0) return undefined;
  const uncached = costUsdOf({ ...usage, cachedInputTokens: 0, cacheWriteInputTokens: 0 }, price, body);
  return uncached === undefined ? undefined : uncached - costUsd;
}
