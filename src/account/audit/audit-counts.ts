import type { Call } from '../../call.ts';
import { isFailed, isWasteful, type WastefulOutcome, wastefulOutcomes } from '../failed.ts';
import { usdToPicoUsd } from '../money.ts';
import { isUnbilled } from '../unbilled.ts';

/** What is counted in whole numbers, in the order in which a line of a file has it. */
export const countNames = [
  'calls',
  'failed',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  'unknownTokenCalls',
  'unknownCostCalls',
  'withoutOutputCap',
  'longUnstreamed',
] as const;

export type CountName = (typeof countNames)[number];

/** Money in whole pico-dollars, so that no sum loses anything, however large. */
export type AuditCounts = Record<CountName, number> & {
  costPicoUsd: bigint;
  wastedPicoUsd: bigint;
  readonly detail: AuditDetail;
};

/** What the first versions did not count. */
export interface AuditDetail {
  /** Calls that one of those counted, of which this is not known. */
  unknownCalls: number;
  cacheWriteInputTokens: number;
  /** Below 0 where writing into the provider's cache cost more than reading saved. */
  cacheSavedPicoUsd: bigint;
  readonly wastedPicoUsdBy: Record<WastefulOutcome, bigint>;
}

export function noCounts(): AuditCounts {
  return {
    calls: 0,
    failed: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    unknownTokenCalls: 0,
    unknownCostCalls: 0,
    withoutOutputCap: 0,
    longUnstreamed: 0,
    costPicoUsd: 0n,
    wastedPicoUsd: 0n,
    detail: {
      unknownCalls: 0,
      cacheWriteInputTokens: 0,
      cacheSavedPicoUsd: 0n,
      wastedPicoUsdBy: { error: 0n, cancelled: 0n, truncated: 0n, empty: 0n },
    },
  };
}

export function addCounts(sum: AuditCounts, counts: AuditCounts): void {
  for (const name of countNames) sum[name] += counts[name];
  sum.costPicoUsd += counts.costPicoUsd;
  sum.wastedPicoUsd += counts.wastedPicoUsd;
  const { detail } = counts;
  sum.detail.unknownCalls += detail.unknownCalls;
  sum.detail.cacheWriteInputTokens += detail.cacheWriteInputTokens;
  sum.detail.cacheSavedPicoUsd += detail.cacheSavedPicoUsd;
  for (const outcome of wastefulOutcomes)
    sum.detail.wastedPicoUsdBy[outcome] += detail.wastedPicoUsdBy[outcome];
}

const longMs = 10_000;

export function addCall(sum: AuditCounts, call: Call): void {
  const { usage, costUsd, outcome = 'error' } = call;
  sum.calls++;
  if (isFailed(call)) sum.failed++;
  sum.inputTokens += usage.inputTokens ?? 0;
  sum.cachedInputTokens += usage.cachedInputTokens ?? 0;
  sum.outputTokens += usage.outputTokens ?? 0;
  sum.reasoningTokens += usage.reasoningTokens ?? 0;
  sum.detail.cacheWriteInputTokens += usage.cacheWriteInputTokens ?? 0;
  sum.detail.cacheSavedPicoUsd += BigInt(usdToPicoUsd(call.cacheSavedUsd ?? 0));
  if (usage.source === 'unknown' && !isUnbilled(call)) sum.unknownTokenCalls++;
  if (costUsd !== undefined) {
    const picoUsd = BigInt(usdToPicoUsd(costUsd));
    sum.costPicoUsd += picoUsd;
    if (isWasteful(outcome)) {
      sum.wastedPicoUsd += picoUsd;
      sum.detail.wastedPicoUsdBy[outcome] += picoUsd;
    }
  } else if (!isUnbilled(call)) {
    sum.unknownCostCalls++;
  }
  if (!writesText(call)) return;
  if (!hasOutputCap(call)) sum.withoutOutputCap++;
  const { startedMs, endedMs = startedMs, backoffMs, throttleMs = 0 } = call;
  // A stream would have waited as long.
  const askedMs = endedMs - startedMs - backoffMs - throttleMs;
  if (askedMs > longMs && !call.request.streamed) sum.longUnstreamed++;
}

/** Where an answer can be capped and streamed. */
function writesText({ request: { endpoint } }: Call): boolean {
  return endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions';
}

function hasOutputCap({ request: { body = {} } }: Call): boolean {
  return ['max_completion_tokens', 'max_output_tokens', 'max_tokens'].some(
    (name) => typeof body[name] === 'number',
  );
}
