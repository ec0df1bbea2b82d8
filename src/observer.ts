import type { Attempt, Backoff, Call, Refusal, Throttle } from './call.ts';

/** What was said in a call, redacted and cut to size. The lists are JSON in the form of the GenAI conventions. */
export interface RecordedContent {
  readonly mode: 'redacted' | 'full';
  readonly inputMessages?: string;
  readonly outputMessages?: string;
  readonly systemInstructions?: string;
  readonly toolDefinitions?: string;
  /** Why a call failed, in the words of the provider or the client. */
  readonly error?: { readonly name: string; readonly message: string };
  /** Bytes of text that are left out because there was too much. */
  readonly cutBytes: number;
}

/**
 * What listens to one call. Every method is optional, is called in the order of events, and must not throw: what
 * it throws is caught, reported once and never reaches the caller.
 */
export interface CallObserver {
  /** An attempt begins. */
  attemptStarted?(attempt: Attempt): void;
  /** Runs `send`, once, in the attempt's own context. */
  within?<T>(attempt: Attempt, send: () => Promise<T>): Promise<T>;
  /** The request is about to leave; headers may be added (never replaced). */
  requestSending?(attempt: Attempt, headers: Headers): void;
  /** An attempt reached its only end: a failure, or the end of its body. */
  attemptEnded?(attempt: Attempt): void;
  /** A limiter let an attempt go, or did not; before `attemptStarted`. Only where limits are set. */
  throttled?(throttle: Throttle): void;
  /** Something other than a limit did not let an attempt go. */
  refused?(refusal: Refusal): void;
  backoffStarted?(backoff: Backoff): void;
  backoffEnded?(backoff: Backoff): void;
  /** A chunk of a stream was read; `gapMs` since the chunk before, or since the start of the call for the first. */
  chunkRead?(call: Call, gapMs: number): void;
  /** True where content is of use to this listener; asked once, and only where it is to be recorded. */
  readonly wantsContent?: boolean;
  /** What was said in the call, right before its end. */
  contentRecorded?(call: Call, content: RecordedContent): void;
  /** The call reached its only end. */
  ended?(call: Call): void;
}

/** Is told of every call when it starts, and gives what listens to it. */
export type Observer = (call: Call) => CallObserver | undefined;
