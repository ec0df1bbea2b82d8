import type { Usage } from '../../index.ts';
import type { ReplyOutcome } from './message.ts';
import type { ConversationCost } from './spent.ts';

/**
 * Something about a turn that its user may want to know. `summarised`, `dropped`: what fell out of what the model is shown.
 * `unsummarised`: it could not be summarised. `shrunk`: it fell out because the provider said that it was too long.
 * `reseeded`: the provider had forgotten the conversation, and was told it again. `recovered`: an answer that the provider had
 * made was fetched, and not paid again. `resent`: a turn that was interrupted, or an answer that broke off, was asked for
 * again. `unanswered`: a turn that was interrupted failed when it was settled. `unwritten`: the store failed when the turn had
 * ended, so that this process alone knows its end until the next one is written.
 */
export interface ConversationNotice {
  readonly kind:
    | 'summarised'
    | 'dropped'
    | 'unsummarised'
    | 'shrunk'
    | 'reseeded'
    | 'recovered'
    | 'resent'
    | 'unanswered'
    | 'unwritten';
  /** A sentence for people. */
  readonly message: string;
}

/** What came of a turn. */
export interface ConversationReply {
  /** From 1. */
  readonly turn: number;
  /** Empty where there is nothing to show: see `outcome`. */
  readonly text: string;
  readonly outcome: ReplyOutcome;
  /** Why it is not whole, in the provider's word: `max_output_tokens`, `content_filter`. */
  readonly incompleteReason?: string;
  /** The model that answered, as the provider calls it. */
  readonly model?: string;
  readonly responseId?: string;
  /** Tokens of the answer alone. */
  readonly usage: Usage;
  /** USD of the whole turn, with what it took to summarise. Absent where that is not known. */
  readonly costUsd?: number;
  /** The whole turn, with what it took to summarise. */
  readonly cost: ConversationCost;
  /** Turns that were summarised before this one was sent, and what that cost. */
  readonly summarised?: { readonly turns: number; readonly cost: ConversationCost };
  /** Absent while nobody traces. */
  readonly traceId?: string;
  /** What else there is to say of it. */
  readonly notices: readonly ConversationNotice[];
  /** What came of an interrupted turn that had to be settled before this one. */
  readonly resumed?: ConversationReply;
}

/** What one turn has of its own. */
export interface SendOptions {
  /** Stops the turn: what came so far is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** The pieces of an answer as they come. It begins with the first of them that is asked for, or with `reply()`. */
export interface ConversationStream extends AsyncIterable<string> {
  /**
   * What came of the turn, once it is over. A turn that was stopped gives a reply too, with the outcome `cut`.
   *
   * @throws what the client throws, where the turn failed
   */
  reply(): Promise<ConversationReply>;
}

/** What stands for the turns that the model is no longer shown. */
export interface ConversationSummary {
  readonly text: string;
  /** It tells of the turns from 1 up to this one. */
  readonly turns: number;
  /** When it was made: milliseconds since 1970. */
  readonly atMs: number;
}

/** What a conversation has cost so far, summaries included. */
export interface ConversationTotals extends ConversationCost {
  /** Turns of every state. */
  readonly turns: number;
  /** How many summaries were made, and what they cost; that is in the sums too. */
  readonly summaries: number;
  readonly summaryCost: ConversationCost;
}
