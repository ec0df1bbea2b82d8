import type OpenAI from 'openai';
import type { Clock } from '../../index.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { OutgoingMessage } from './message.ts';

/**
 * How the model learns what was said before. `conversations`: the provider keeps it, by the Conversations API.
 * `previous-response`: each response is built upon the one before, which the provider keeps for 30 days. `history`: each
 * request carries all of it, and the provider need not keep anything.
 */
export type ConversationVia = 'conversations' | 'previous-response' | 'history';

/** How much of a conversation the model is shown. What is kept of it is all of it. */
export interface KeepOptions {
  /** The most turns before the new one: a positive integer. @default no bound */
  readonly turns?: number;
  /** The most tokens of turns before the new one, as `countTokens` has it: a positive integer. @default no bound */
  readonly tokens?: number;
  /**
   * How much stays when there is too much: a share of `turns` and `tokens`, from 0 to 1. At 1 as little as possible falls out,
   * with every turn; below, more at a time, so that a summary is paid and the provider's cache lost less often. @default 0.5
   */
  readonly leave?: number;
}

/** Who talks with which model, what it is shown of what was said, and where that is kept. */
export interface ConversationOptions {
  /** A client that `observe` has observed. */
  readonly client: OpenAI;
  /** Any text of 1 to 200 characters. It is `gen_ai.conversation.id` on every span. */
  readonly id: string;
  readonly model: string;
  /** Where it is kept. @default `fileRecords('.telltale/conversations')`, where `telltale chat` keeps its sessions too */
  readonly store?: RecordStore;
  /** @default 'conversations'; with `prepare` 'history' */
  readonly via?: ConversationVia;
  /** With which the model is told how to be. It goes with every request, and may change from one to the next. */
  readonly instructions?: string;
  /** @default all of it */
  readonly keep?: KeepOptions;
  /** Whether what falls out is summarised for the model, by which model and in how many tokens. @default true */
  readonly summarise?: boolean | { readonly model?: string; readonly maxOutputTokens?: number };
  /**
   * Is given what is about to be sent, the new message last, and gives what is sent instead. What is kept here is not changed
   * by it. If it throws, nothing is sent and the turn has failed. With another `via` than `history` it is given only what the
   * provider does not have yet, and the provider keeps what it gives.
   */
  readonly prepare?: (
    messages: readonly OutgoingMessage[],
  ) => readonly OutgoingMessage[] | Promise<readonly OutgoingMessage[]>;
  /** More parameters of `responses.create`, as `reasoning` or `max_output_tokens`. */
  readonly request?: Readonly<Record<string, unknown>>;
  /** Tokens of a text. @default a token for each four bytes */
  readonly countTokens?: (text: string) => number;
  /** Whose conversation it is, for limits and budgets by user. */
  readonly user?: string;
  /** For budgets and costs by tag. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The longest wait for another turn of the same conversation, be it of another process. Milliseconds. @default 300_000 */
  readonly waitMs?: number;
  /**
   * How long it is kept after its last turn, in milliseconds: then it is deleted when it is next opened, or by `prune`.
   * @default for ever
   */
  readonly retentionMs?: number;
  /** With true, there has to be one already. @default false */
  readonly mustExist?: boolean;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}
