import { checkNumber, checkObject, invalidOption } from '../check.ts';
import type { TokenUsage } from './ledger.ts';
import { uniform } from './seeded.ts';
import { type Wording, wordingOf } from './words.ts';

/** How long the visible part of an answer is, before the request's own cap. Drawn evenly, by seed and call id. */
export interface OutputTokensOptions {
  /** At least 1. @default 8 */
  readonly min?: number;
  /** At least `min`. @default 40 */
  readonly max?: number;
}

export type OutputTokens = Required<OutputTokensOptions>;

export function parseOutputTokens(path: string, value: unknown): OutputTokens {
  const given = value === undefined ? {} : checkObject(path, value, ['min', 'max']);
  const min = checkNumber(`${path}.min`, given['min'] ?? 8, { min: 1, integer: true });
  const max = checkNumber(`${path}.max`, given['max'] ?? Math.max(40, min), { min: 1, integer: true });
  if (max < min) throw invalidOption(`${path}.max`, `at least \`${path}.min\`, which is ${min}`, max);
  return { min, max };
}

/** What a model says to one request: chat and Responses differ only in how they write it down. */
export interface Completion {
  readonly usage: Readonly<TokenUsage>;
  readonly visibleTokens: number;
  readonly wording: Wording;
  readonly finishReason: 'stop' | 'length';
}

/** What the completion depends on. */
export interface Question {
  readonly seed: number;
  readonly callId: string;
  readonly model: string;
  readonly inputTokens: number;
  /** The request's cap on output, reasoning included. */
  readonly maxTokens: number | undefined;
  /** The request's reasoning effort, of a reasoning model. */
  readonly effort: string | undefined;
  readonly outputTokens: OutputTokens;
}

export function complete(question: Question): Completion {
  const { seed, callId, inputTokens, maxTokens = Number.POSITIVE_INFINITY, outputTokens } = question;
  const { min, max } = outputTokens;
  const thoughts = reasoningTokensOf(question);
  const words = min + Math.floor(uniform(seed, `length ${callId}`) * (max - min + 1));
  // Reasoning comes first, so it can spend the whole allowance and leave nothing to see.
  const reasoningTokens = Math.min(thoughts, maxTokens);
  const visibleTokens = Math.min(words, maxTokens - reasoningTokens);
  return {
    usage: {
      inputTokens,
      cachedTokens: cachedTokensOf(question),
      outputTokens: reasoningTokens + visibleTokens,
      reasoningTokens,
    },
    visibleTokens,
    wording: wordingOf(seed, callId),
    finishReason: thoughts + words > maxTokens ? 'length' : 'stop',
  };
}

/** The provider caches prompts from this length on, in whole blocks. */
const CACHE_FROM_TOKENS = 1_024;
const CACHE_BLOCK_TOKENS = 128;

function cachedTokensOf({ seed, callId, inputTokens }: Question): number {
  if (inputTokens < CACHE_FROM_TOKENS) return 0;
  const share = uniform(seed, `cache ${callId}`);
  return Math.floor((inputTokens * share) / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS;
}

const REASONING_BLOCK_TOKENS = 64;

/** The most blocks of reasoning at each effort; the least is one, except where it is 0. */
const mostBlocks: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0,
  low: 1,
  medium: 3,
  high: 6,
  xhigh: 9,
};

function reasoningTokensOf({ seed, callId, model, effort = 'medium' }: Question): number {
  const most = isReasoningModel(model) ? (mostBlocks[effort] ?? 3) : 0;
  return most === 0
    ? 0
    : (1 + Math.floor(uniform(seed, `reasoning ${callId}`) * most)) * REASONING_BLOCK_TOKENS;
}

/** The gpt-5 and o families, but not their chat variants. */
export function isReasoningModel(model: string): boolean {
  return /^(gpt-5|o\d)/.test(model) && !model.includes('-chat');
}
