import { asCount, asObject } from '../../json.ts';
import type { BatchUsage } from './state.ts';

/** Reads the `usage` of an answer or a batch. */
export function readUsage(value: unknown): BatchUsage | undefined {
  const usage = asObject(value);
  const inputTokens = asCount(usage?.['input_tokens']) ?? asCount(usage?.['prompt_tokens']);
  if (!usage || inputTokens === undefined) return undefined;
  const input = asObject(usage['input_tokens_details']) ?? asObject(usage['prompt_tokens_details']);
  const output = asObject(usage['output_tokens_details']) ?? asObject(usage['completion_tokens_details']);
  return {
    inputTokens,
    cachedInputTokens: asCount(input?.['cached_tokens']) ?? 0,
    outputTokens: asCount(usage['output_tokens']) ?? asCount(usage['completion_tokens']) ?? 0,
    reasoningTokens: asCount(output?.['reasoning_tokens']) ?? 0,
  };
}

/** Adds up the answers of a batch, for where the provider does not say the sum. */
export class UsageSum {
  readonly #costUsdOf: (answer: object) => number | undefined;
  #usage: BatchUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  #costUsd = 0;
  #unpriced = 0;

  constructor(costUsdOf: (answer: object) => number | undefined) {
    this.#costUsdOf = costUsdOf;
  }

  get usage(): BatchUsage {
    return this.#usage;
  }

  /** Undefined where the cost of one is not known. */
  get costUsd(): number | undefined {
    return this.#unpriced > 0 ? undefined : this.#costUsd;
  }

  /** @param body of an answer; one that failed has no usage and costs nothing */
  add(body: unknown): void {
    const answer = asObject(body);
    if (!answer || asObject(answer['error'])) return;
    const usage = readUsage(answer['usage']);
    const costUsd = usage && this.#costUsdOf(answer);
    if (costUsd === undefined) this.#unpriced += 1;
    else this.#costUsd += costUsd;
    if (usage) this.#usage = addUsage(this.#usage, usage);
  }
}

export function addUsage(one: BatchUsage, other: BatchUsage): BatchUsage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
  };
}
