import type { Clock } from '../clock.ts';
import type { OutputTokens } from './completion.ts';
import type { Timing } from './latency.ts';
import type { OpenEntry, TokenUsage } from './ledger.ts';

/** What an endpoint's answer may depend on besides the request's body. */
export interface Ask {
  readonly seed: number;
  readonly callId: string;
  readonly attempt: number;
  readonly clock: Clock;
  readonly outputTokens: OutputTokens;
  readonly refuseStreamOptions: boolean;
}

/**
 * What an answer does to what the provider remembers. Each function runs at most once, `end` always, and before it the
 * others as far as the request got.
 */
export interface Effect {
  /** The request was let through: no limit refuses it, and no fault answers in its place. */
  begin?(entry: OpenEntry): void;
  /** The last of the answer is about to be handed to the network. */
  finish?(entry: OpenEntry): void;
  /** The request has ended, in whatever way. */
  end?(entry: OpenEntry): void;
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
  readonly effect?: Effect;
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
  /** Null where it is not this request that pays for it. */
  readonly usage: Readonly<TokenUsage> | null;
  /** Whether `closing` tells the client its usage. */
  readonly tellsUsage: boolean;
  /** Null where it is not told in chat's words. */
  readonly finishReason: 'stop' | 'length' | null;
  /** When its tokens are due from now on, where they have a time of their own. @default as the mock's latency says */
  timing?(): Timing;
  /** Takes the function that ends it before its last event. */
  onStop?(stop: () => void): void;
  readonly effect?: Effect;
}

export type Answer = Refusal | WholeAnswer | StreamAnswer;

/** A request's JSON body. */
export type Body = Readonly<Record<string, unknown>>;
