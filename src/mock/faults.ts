import type { Endpoint } from './endpoint.ts';

/** When a fault may happen. */
export interface Chance {
  /**
   * The share of requests that meet this fault, from 0 to 1. The rates of one phase are disjoint slices, so they
   * sum to at most 1; a request in the slice of a fault that does not apply to it meets no fault.
   */
  readonly rate: number;
  /** Only requests for these models; a trailing `*` stands for any ending. @default all */
  readonly models?: readonly string[];
  /** Only requests to these endpoints. @default all */
  readonly endpoints?: readonly Exclude<Endpoint, 'other'>[];
  /**
   * Only the first so many requests with the same `x-call-id`, so that a later attempt gets through. A positive
   * integer. @default all
   */
  readonly firstAttempts?: number;
}

/** What an error says of trying again. */
export interface RetryAfter {
  /** The wait that the answer asks for, in milliseconds, at least 0. @default none is asked for */
  readonly retryAfterMs?: number;
  /**
   * Which headers say so: `retry-after` (whole seconds, rounded up), `retry-after-ms`, or both; `date` is `retry-after` as a
   * date, rounded up to a second. @default 'both'
   */
  readonly retryAfterHeader?: 'both' | 'seconds' | 'ms' | 'date';
  /** In place of `retryAfterMs`: the header `retry-after` word for word, as no provider should send it (`-5`, `soon`). */
  readonly retryAfterText?: string;
}

/** The provider refuses the request for its rate, or because there is no money left. */
export interface RateLimitFault extends Chance, RetryAfter {
  readonly status: 429;
  /** @default 'rate_limit_exceeded' */
  readonly code?: 'rate_limit_exceeded' | 'insufficient_quota';
}

/** The provider fails. */
export interface ServerErrorFault extends Chance, RetryAfter {
  readonly status: 500 | 502 | 503 | 504;
}

/** The provider is slow: it waits before it sends headers, on top of its usual latency. */
export interface DelayFault extends Chance {
  /** In milliseconds, from 0 to a day. */
  readonly delayMs: number;
}

/** The connection is reset before any header is sent. */
export interface ResetFault extends Chance {
  readonly kind: 'reset';
}

/** Nothing is sent until the client closes the connection. */
export interface HangFault extends Chance {
  readonly kind: 'hang';
}

/** A stream sends its tokens at a slow and even pace. An answer that is not streamed is left as it is. */
export interface DripFault extends Chance {
  readonly kind: 'drip';
  /** Between two tokens, in milliseconds, from 0 to a day. */
  readonly gapMs: number;
}

/**
 * A stream breaks off: `cut` ends it cleanly but with no finish and no `[DONE]`, `reset-midstream` destroys its
 * connection, `stall` sends nothing more until the client closes it, `malformed` sends half an event and ends,
 * `error-event` sends an error as an event and ends. An answer that is not streamed is left as it is.
 */
export interface BrokenStreamFault extends Chance {
  readonly kind: 'cut' | 'reset-midstream' | 'stall' | 'malformed' | 'error-event';
  /** How many tokens are sent before; at most all of the answer. At least 0. @default half of the answer */
  readonly afterChunks?: number;
}

/** Something that goes wrong with a request. */
export type Fault =
  | RateLimitFault
  | ServerErrorFault
  | DelayFault
  | ResetFault
  | HangFault
  | DripFault
  | BrokenStreamFault;

/** How the ledger names a fault. */
export type FaultName =
  | '429 rate_limit_exceeded'
  | '429 insufficient_quota'
  | '500'
  | '502'
  | '503'
  | '504'
  | 'delay'
  | 'reset'
  | 'hang'
  | DripFault['kind']
  | BrokenStreamFault['kind'];

export function faultName(fault: Fault): FaultName {
  if ('kind' in fault) return fault.kind;
  if ('delayMs' in fault) return 'delay';
  return fault.status === 429 ? `429 ${fault.code ?? 'rate_limit_exceeded'}` : `${fault.status}`;
}
