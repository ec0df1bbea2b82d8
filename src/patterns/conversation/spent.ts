import type OpenAI from 'openai';
import { type Call, costOf as priceOf } from '../../index.ts';

/** What calls used and cost. */
export interface ConversationCost {
  /** Calls of a model. */
  readonly calls: number;
  readonly inputTokens: number;
  /** The part of the input that the provider read from its cache. */
  readonly cachedInputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** USD. Absent as long as the cost of one of the calls is not known. */
  readonly costUsd?: number;
  /** USD of the calls of which it is known. */
  readonly knownCostUsd: number;
  /** Calls of which nobody says what they used: they are in no sum of tokens. */
  readonly uncountedCalls: number;
  /** Calls of which the cost is not known. */
  readonly unpricedCalls: number;
}

export const nothingSpent: ConversationCost = costOf({
  calls: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  knownCostUsd: 0,
  uncountedCalls: 0,
  unpricedCalls: 0,
});

export function addCosts(a: ConversationCost, b: ConversationCost): ConversationCost {
  return costOf({
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    knownCostUsd: a.knownCostUsd + b.knownCostUsd,
    uncountedCalls: a.uncountedCalls + b.uncountedCalls,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
  });
}

/** `costUsd` follows from the rest, so it is never stored apart from it. */
export function costOf(sums: Omit<ConversationCost, 'costUsd'>): ConversationCost {
  return sums.unpricedCalls === 0 ? { ...sums, costUsd: sums.knownCostUsd } : sums;
}

/** What one call cost; nothing where no model was asked. */
export function costOfCall({ request, outcome, usage, costUsd, response }: Readonly<Call>): ConversationCost {
  const isModel = request.endpoint === 'responses';
  // A request that was refused, or answered with an error alone, is not billed.
  const isFree = outcome === 'refused' || (outcome === 'error' && response.id === undefined);
  const { inputTokens, cachedInputTokens = 0, outputTokens, reasoningTokens = 0 } = usage;
  const isCounted = inputTokens !== undefined || outputTokens !== undefined;
  if (!isModel || (isFree && !isCounted)) return nothingSpent;
  return costOf({
    calls: 1,
    inputTokens: inputTokens ?? 0,
    cachedInputTokens,
    outputTokens: outputTokens ?? 0,
    reasoningTokens,
    knownCostUsd: costUsd ?? 0,
    uncountedCalls: isCounted ? 0 : 1,
    unpricedCalls: costUsd === undefined ? 1 : 0,
  });
}

/** What an answer cost that somebody else asked for, by the price table, so far as it says what it used. */
export function costOfFetched({ model, usage, serviceTier }: Fetched): ConversationCost {
  const counts = {
    inputTokens: usage?.input_tokens ?? 0,
    cachedInputTokens: usage?.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
    reasoningTokens: usage?.output_tokens_details?.reasoning_tokens ?? 0,
  };
  const costUsd =
    usage && model !== undefined
      ? priceOf({ model, usage: counts, ...(serviceTier !== undefined && { serviceTier }) })
      : undefined;
  return costOf({
    ...counts,
    calls: 1,
    knownCostUsd: costUsd ?? 0,
    uncountedCalls: usage ? 0 : 1,
    unpricedCalls: costUsd === undefined ? 1 : 0,
  });
}

interface Fetched {
  readonly model: string | undefined;
  readonly usage: OpenAI.Responses.ResponseUsage | undefined;
  readonly serviceTier?: string | undefined;
}
