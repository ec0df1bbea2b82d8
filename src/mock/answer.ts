import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Answers } from './answers/script.ts';
import type { OutputTokens } from './completion.ts';
import type { Timing } from './latency.ts';
import type { FinishReason, OpenEntry, TokenUsage } from './ledger.ts';
import type { CountTokens } from './usage.ts';
import type { World } from './world.ts';

/** The options of the mock that say how it answers. */
export interface AnswerSettings {
  readonly outputTokens: OutputTokens;
  readonly refuseStreamOptions: boolean;
  /** How often tools are called that need not be. */
  readonly toolCallRate: number;
  /** Undefined for the mock's own rule. */
  readonly countTokens: CountTokens | undefined;
  /** What is scripted. */
  readonly answers: Answers | undefined;
}

/** What an endpoint's answer may depend on besides the request's body. */
export interface Ask extends AnswerSettings {
  readonly seed: number;
  readonly callId: string;
  readonly attempt: number;
  readonly clock: Clock;
  readonly headers: IncomingHttpHeaders;
  readonly world: World;
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
  /** The request has ended, in whatever way, or will never be let through. */
  end?(): void;
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
  readonly finishReason: FinishReason | null;
  /** How much longer than usual the model takes before it begins. @default 0 */
  readonly delayMs?: number;
  readonly effect?: Effect;
}

/** Some server-sent events in the form in which they are sent. */
export interface Events {
  readonly text: string;
  readonly count: number;
}

/**
 * A streamed answer: what comes before its first piece, the pieces, and what comes after the last. A piece is one event,
 * and one token unless the answer says otherwise.
 */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly opening: Events;
  /** How many pieces there are. */
  readonly tokens: number;
  tokenEvent(index: number): string;
  /** What has been put out with the first so many pieces, reasoning included. @default reasoning, and one a piece */
  readonly outputTokensAfter?: (pieces: number) => number;
  readonly closing: Events;
  /** An error of the provider in the midst of the answer, as the event at this place. */
  errorEvent(index: number): string;
  /** Null where it is not this request that pays for it. */
  readonly usage: Readonly<TokenUsage> | null;
  /** Whether `closing` tells the client its usage. */
  readonly tellsUsage: boolean;
  /** Null where it is not told in chat's words. */
  readonly finishReason: FinishReason | null;
  /** How much longer than usual the model takes before it begins. @default 0 */
  readonly delayMs?: number;
  /** When its tokens are due from now on, where they have a time of their own. @default as the mock's latency says */
  timing?(): Timing;
  /** Takes the function that ends it before its last event. */
  onStop?(stop: () => void): void;
  /** The body of the same answer in one piece, where it can be remembered. */
  readonly inOnePiece?: () => string;
  readonly effect?: Effect;
}

export type Answer = Refusal | WholeAnswer | StreamAnswer;

/** A request's JSON body. */
export type Body = Readonly<Record<string, unknown>>;
