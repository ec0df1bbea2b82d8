import type { Clock } from '../clock.ts';
import type { Batching } from './batch-options.ts';
import type { OutputTokens } from './completion.ts';
import type { BatchRecord, TokenUsage } from './ledger.ts';

/** What an endpoint's answer may depend on besides the request's body. */
export interface Ask {
  readonly seed: number;
  readonly callId: string;
  readonly attempt: number;
  readonly clock: Clock;
  readonly outputTokens: OutputTokens;
  readonly batches: Batching;
  readonly refuseStreamOptions: boolean;
}

/** A request that the provider refuses for what is in it. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly body: string;
}

/** An answer in one piece. */
export interface WholeAnswer {
  readonly kind: 'whole';
  /** @default 200 */
  readonly status?: number;
  /** @default 'application/json' */
  readonly contentType?: string;
  readonly body: string | Buffer;
  /** How many tokens the model takes time for. */
  readonly tokens: number;
  /** Null where the endpoint has none. */
  readonly usage: Readonly<TokenUsage> | null;
  readonly finishReason: 'stop' | 'length' | null;
  /**
   * What the provider remembers of the request. Runs when the answer is sent, so a request that a fault or a limit kept
   * from its answer leaves no trace.
   */
  readonly commit?: () => void;
  /** The batch that it began, for the ledger. */
  readonly batch?: BatchRecord;
}

/** Some server-sent events in the form in which they are sent. */
export interface Events {
  readonly text: string;
  readonly count: number;
}

/** A streamed answer: what comes before the first token, one event a token, and what comes after the last. */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly opening: Events;
  readonly tokens: number;
  tokenEvent(index: number): string;
  readonly closing: Events;
  /** An error of the provider in the midst of the answer, as the event at this place. */
  errorEvent(index: number): string;
  readonly usage: Readonly<TokenUsage>;
  /** Whether `closing` tells the client its usage. */
  readonly tellsUsage: boolean;
  readonly finishReason: 'stop' | 'length';
}

export type Answer = Refusal | WholeAnswer | StreamAnswer;

/** A request's JSON body. */
export type Body = Readonly<Record<string, unknown>>;
