import type { Call } from '../../index.ts';
import { asCount, asObject, type JsonObject } from '../../json.ts';

/** What some calls used and cost. */
export interface Spending {
  /** Calls that brought an answer. */
  readonly calls: number;
  readonly inputTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** In USD, of all whose cost is known. */
  readonly costUsd: number;
  /** Calls that were billed, but at nobody knows what: their model has no known price, or their usage was not told. */
  readonly unpricedCalls: number;
}

export const nothingSpent: Spending = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  unpricedCalls: 0,
};

export function addSpending(one: Spending, other: Spending): Spending {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    // Whole pico-dollars, as calls are reckoned: sums of binary fractions would show tails.
    costUsd: Math.round((one.costUsd + other.costUsd) * 1e12) / 1e12,
    unpricedCalls: one.unpricedCalls + other.unpricedCalls,
  };
}

/** What a call that has ended used: nothing where it brought no answer and the provider cannot have begun one. */
export function spendingOf(call: Readonly<Call>): Spending {
  const { usage, costUsd } = call;
  if (usage.source === 'unknown' && costUsd === undefined)
    return mayBeBilled(call) ? { ...nothingSpent, calls: 1, unpricedCalls: 1 } : nothingSpent;
  return {
    calls: 1,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
    costUsd: costUsd ?? 0,
    unpricedCalls: costUsd === undefined ? 1 : 0,
  };
}

/** What was sent and never answered may have been worked on; an error that the provider told is not billed. */
function mayBeBilled({ attempts, outcome, error }: Readonly<Call>): boolean {
  if (attempts === 0 || outcome === 'refused') return false;
  return outcome !== 'error' || typeof asObject(error)?.['status'] !== 'number';
}

/** @throws Error where that is nothing of the kind */
export function readSpending(value: unknown): Spending {
  const fields: JsonObject = asObject(value) ?? {};
  const count = (name: keyof Spending): number => {
    const found = asCount(fields[name]);
    if (found === undefined) throw new Error(`its spending has no ${name}`);
    return found;
  };
  const { costUsd } = fields;
  if (typeof costUsd !== 'number' || !(costUsd >= 0)) throw new Error('its spending has no costUsd');
  return {
    calls: count('calls'),
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    reasoningTokens: count('reasoningTokens'),
    costUsd,
    unpricedCalls: count('unpricedCalls'),
  };
}
