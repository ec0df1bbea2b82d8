import type OpenAI from 'openai';

/** What a user says: a text, or texts, pictures and files as the Responses API takes them. */
export type UserContent = string | readonly OpenAI.Responses.ResponseInputContent[];

/** A message as it is sent to the model. */
export interface OutgoingMessage {
  readonly role: 'user' | 'assistant' | 'developer' | 'system';
  readonly content: UserContent;
}

/**
 * Where a turn stands. `pending`: what the user said is kept, and nobody knows yet what came of it. `cut`: the caller stopped
 * it, or it broke off, and what came so far is kept. `failed`: it was not answered, and the model is not shown it again.
 */
export type TurnState = 'pending' | 'answered' | 'cut' | 'failed';

/**
 * How an answer came out. `empty`: billed, with nothing to show, because the model spent its whole allowance on reasoning.
 * `truncated`: it is not whole (`incompleteReason` says why, where the provider does). `refused`: the model declined, and the
 * text is what it said instead. `cut`: the caller stopped it.
 */
export type ReplyOutcome = 'ok' | 'empty' | 'truncated' | 'refused' | 'cut';

/** One message of a conversation, as it is kept. */
export interface ConversationMessage {
  /** The turn that it is part of, from 1. */
  readonly turn: number;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** What the user said, with pictures and files. */
  readonly content: UserContent;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly state: TurnState;
  /** Of an answer. */
  readonly outcome?: ReplyOutcome;
  /** Why an answer is not whole, in the provider's word. */
  readonly incompleteReason?: string;
  /** The trace of its turn, 32 hexadecimal digits; absent where nobody traced. */
  readonly traceId?: string;
}

/** What of a content is text. */
export function textOf(content: UserContent): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'input_text' ? [part.text] : [])).join('\n');
}
