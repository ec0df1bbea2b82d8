import type { Ask, Body } from '../answer.ts';
import { type LogprobsAsked, logprobOf } from '../answers/logprobs.ts';
import type { Part } from '../answers/part.ts';
import { type Said, wordsSaid } from '../answers/said.ts';
import { recordOf } from '../fields.ts';
import { hexadecimal, uniform } from '../seeded.ts';

/** An item of a response's output that has pieces: a message, or a call of a tool. */
export interface DraftItem {
  readonly id: string;
  readonly part: Part;
  /** Undefined where no likelihoods are asked for. */
  readonly logprobs: LogprobsAsked | undefined;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An item with all that it says, or with nothing while it is in progress. */
export function itemJson(item: DraftItem, status: ItemStatus) {
  const { id, part } = item;
  const text = status === 'in_progress' ? '' : part.said.text();
  if (part.kind !== 'call') {
    const content = status === 'in_progress' ? [] : [contentPart(item, text)];
    return { id, type: 'message', role: 'assistant', status, content };
  }
  const { name, id: call_id } = part;
  return part.type === 'function'
    ? { id, type: 'function_call', status, call_id, name, arguments: text }
    : { id, type: 'custom_tool_call', status, call_id, name, input: text };
}

/** What a message holds once it has said `text`. */
export function contentPart({ part, logprobs }: DraftItem, text: string) {
  if (part.kind === 'refusal') return { type: 'refusal', refusal: text };
  return {
    type: 'output_text',
    annotations: [],
    logprobs: text === '' ? [] : logprobsOf(part.said, logprobs),
    text,
  };
}

export function logprobsOf(said: Said, asked: LogprobsAsked | undefined) {
  if (!asked) return [];
  return Array.from({ length: said.pieces }, (_, index) => logprobOf(said.piece(index), index, asked));
}

/** Reasoning as an item, with its summary where one is asked for. */
export interface ReasoningDraft {
  readonly id: string;
  readonly summary: readonly Said[];
  readonly encrypted: string | undefined;
}

export function reasoningOf(
  body: Body,
  { seed, callId, attempt }: Ask,
  tokens: number,
): ReasoningDraft | undefined {
  if (tokens === 0) return undefined;
  const asked = recordOf(body['reasoning']);
  const { include } = body;
  const isEncrypted = Array.isArray(include) && include.includes('reasoning.encrypted_content');
  return {
    id: `rs_${hexadecimal(seed, `reasoning ${attempt} ${callId}`, 32)}`,
    summary: summaryOf(asked?.['summary'] ?? asked?.['generate_summary'], seed, callId),
    encrypted: isEncrypted ? encrypted(seed, callId, tokens) : undefined,
  };
}

/** The most parts, and the words of each. */
const SUMMARY_PARTS = 3;
const SUMMARY_WORDS = 12;

function summaryOf(asked: unknown, seed: number, callId: string): readonly Said[] {
  if (asked === undefined || asked === null) return [];
  const parts = asked === 'concise' ? 1 : 1 + Math.floor(uniform(seed, `summary ${callId}`) * SUMMARY_PARTS);
  return Array.from({ length: parts }, (_, index) => {
    return wordsSaid(seed, `summary ${callId} ${index}`, SUMMARY_WORDS);
  });
}

/** Longer the longer the reasoning was, up to this. */
const MOST_ENCRYPTED = 4_096;

function encrypted(seed: number, callId: string, tokens: number): string {
  const length = Math.min(MOST_ENCRYPTED, 8 * tokens);
  return Buffer.from(hexadecimal(seed, `encrypted ${callId}`, length), 'hex').toString('base64');
}

export function reasoningJson({ id, summary, encrypted: content }: ReasoningDraft, isDone: boolean) {
  return {
    id,
    type: 'reasoning',
    summary: isDone ? summary.map((said) => ({ type: 'summary_text', text: said.text() })) : [],
    ...(content !== undefined && { encrypted_content: content }),
  };
}
