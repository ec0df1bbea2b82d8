import { checkNumber, checkObject, invalidOption } from '../check.ts';
import { type Part, tokensOfPart } from './answers/part.ts';
import { cutSaid, saidBefore, wordsSaid } from './answers/said.ts';
import { lookUp } from './fields.ts';
import type { FinishReason, TokenUsage } from './ledger.ts';
import { uniform } from './seeded.ts';

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

/** One of the answers that a request asks for. */
export interface Choice {
  readonly parts: readonly Part[];
  readonly finishReason: FinishReason;
}

/** What a model says to one request: chat and Responses differ only in how they write it down. */
export interface Completion {
  readonly usage: Readonly<TokenUsage>;
  /** At least one. */
  readonly choices: readonly [Choice, ...Choice[]];
  /** Of the first choice. */
  readonly finishReason: FinishReason;
}

/** What is said in place of words, and of a script what it says besides. */
export interface Reply {
  readonly parts: readonly Part[];
  /** A script is said as it stands, whatever the request allows. */
  readonly isScript?: boolean;
  /** @default as the parts and the allowance have it */
  readonly finishReason?: FinishReason;
  /** @default drawn */
  readonly reasoningTokens?: number;
}

/** What the completion depends on. */
export interface Question {
  readonly seed: number;
  readonly callId: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  /** The request's cap on the output of each choice, reasoning included. */
  readonly maxTokens: number | undefined;
  /** The request's reasoning effort, of a reasoning model. */
  readonly effort: string | undefined;
  readonly outputTokens: OutputTokens;
  /** How many answers are asked for. @default 1 */
  readonly choices?: number;
  /** Texts before which an answer ends. */
  readonly stops?: readonly string[];
  /** What is told to have been used, whatever was. */
  readonly usage?: Partial<TokenUsage>;
  /** What a choice consists of, by what its draws are about; undefined for words. @default words */
  readonly reply?: (about: string) => Reply | undefined;
}

export function complete(question: Question): Completion {
  const { callId, inputTokens, cachedTokens, choices = 1 } = question;
  const first = choose(question, callId);
  const others = Array.from({ length: choices - 1 }, (_, index) =>
    choose(question, `${callId} choice ${index + 1}`),
  );
  let { outputTokens, reasoningTokens } = first;
  for (const other of others) {
    outputTokens += other.outputTokens;
    reasoningTokens += other.reasoningTokens;
  }
  return {
    usage: { inputTokens, cachedTokens, outputTokens, reasoningTokens, ...question.usage },
    choices: [first.choice, ...others.map(({ choice }) => choice)],
    finishReason: first.choice.finishReason,
  };
}

interface Chosen {
  readonly choice: Choice;
  readonly reasoningTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
}

function choose(question: Question, about: string): Chosen {
  const { maxTokens = Number.POSITIVE_INFINITY, reply: replyOf, stops } = question;
  const reply = replyOf?.(about) ?? { parts: [wordsOf(question, about)] };
  const allowance = reply.isScript ? Number.POSITIVE_INFINITY : maxTokens;
  const thoughts = reply.reasoningTokens ?? reasoningTokensOf(question, about);
  // Reasoning comes first, so it can spend the whole allowance and leave nothing to see.
  const reasoningTokens = Math.min(thoughts, allowance);
  const wanted =
    stops && !reply.isScript ? reply.parts.map((part) => stoppedBefore(part, stops)) : reply.parts;
  const { parts, tokens, isWhole } = fitted(wanted, allowance - reasoningTokens);
  const calls = parts.some(({ kind }) => kind === 'call');
  const natural = !isWhole || thoughts > allowance ? 'length' : calls ? 'tool_calls' : 'stop';
  return {
    choice: { parts, finishReason: reply.finishReason ?? natural },
    reasoningTokens,
    outputTokens: reasoningTokens + tokens,
  };
}

function wordsOf({ seed, outputTokens }: Question, about: string): Part {
  const { min, max } = outputTokens;
  const count = min + Math.floor(uniform(seed, `length ${about}`) * (max - min + 1));
  return { kind: 'text', said: wordsSaid(seed, about, count) };
}

function stoppedBefore(part: Part, stops: readonly string[]): Part {
  return part.kind === 'text' ? { ...part, said: saidBefore(part.said, stops) } : part;
}

/** As much of the parts as `allowance` tokens buy. */
function fitted(parts: readonly Part[], allowance: number) {
  const fitting: Part[] = [];
  let tokens = 0;
  for (const part of parts) {
    const left = allowance - tokens;
    const cost = tokensOfPart(part);
    if (cost <= left) {
      fitting.push(part);
      tokens += cost;
      continue;
    }
    const forText = left - (cost - part.said.tokens);
    // Of a call that has no more than its name nothing comes.
    if (part.kind === 'call' && forText < 1) return { parts: fitting, tokens, isWhole: false };
    fitting.push({ ...part, said: cutSaid(part.said, forText) });
    return { parts: fitting, tokens: allowance, isWhole: false };
  }
  return { parts: fitting, tokens, isWhole: true };
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
  max: 12,
};

function reasoningTokensOf({ seed, model, effort = 'medium' }: Question, about: string): number {
  const most = isReasoningModel(model) ? (lookUp(mostBlocks, effort) ?? 3) : 0;
  return most === 0
    ? 0
    : (1 + Math.floor(uniform(seed, `reasoning ${about}`) * most)) * REASONING_BLOCK_TOKENS;
}

/** The gpt-5 and o families, but not their chat variants. */
export function isReasoningModel(model: string): boolean {
  return /^(gpt-5|o\d)/.test(model) && !model.includes('-chat');
}
