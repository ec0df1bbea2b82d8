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
export interface RetryAdvice {
  /** The wait that the answer asks for, in milliseconds, from 0 to 1e12. @default none is asked for */
  readonly retryAfterMs?: number;
  /**
   * Which headers say so: `retry-after` (whole seconds, rounded up), `retry-after-ms`, or both; `date` is `retry-after` as a
   * date, rounded up to a second. @default 'both'
   */
  readonly retryAfterHeader?: 'both' | 'seconds' | 'ms' | 'date';
  /** In place of `retryAfterMs`: the header `retry-after` word for word, as no provider should send it (`-5`, `soon`). */
  readonly retryAfterText?: string;
  /** In place of `retryAfterMs`: the header `retry-after-ms` word for word. */
  readonly retryAfterMsText?: string;
  /** The header `x-should-retry`, which openai's client obeys whatever the status. @default not sent */
  readonly shouldRetry?: boolean;
}

export type RateLimitName = 'requests/minute' | 'tokens/minute' | 'requests/day' | 'tokens/day';

/** The codes of a 429 that says there is no money left: waiting helps nobody. */
export type QuotaCode =
  | 'insufficient_quota'
  | 'credit_balance_exhausted'
  | 'organization_spend_limit_exceeded'
  | 'project_spend_limit_exceeded'
  | 'organization_usage_limit_exceeded';

/** The provider refuses the request for its rate, or because there is no money left. */
export interface RateLimitFault extends Chance, RetryAdvice {
  readonly status: 429;
  /** @default 'rate_limit_exceeded' */
  readonly code?: 'rate_limit_exceeded' | 'slow_down' | 'engine_overloaded' | QuotaCode;
  /** Which limit is reached; only where the code is `rate_limit_exceeded`. @default 'requests/minute' */
  readonly limit?: RateLimitName;
}

/** The provider fails, or cannot take the request now. */
export interface ErrorFault extends Chance, RetryAdvice {
  /** 408, 409, or any from 500 to 599. */
  readonly status: number;
  /** Only with the status 503. @default 'server_is_overloaded' */
  readonly code?: 'server_is_overloaded' | 'engine_overloaded' | 'slow_down';
}

/** The provider is slow: it waits before it sends headers, on top of its usual latency. */
export interface DelayFault extends Chance {
  /** In milliseconds, from 0 to a day. */
  readonly delayMs: number;
}

/**
 * Nobody listens on the port for the whole phase: new connections are refused, idle ones are closed, and a request
 * that still arrives on an open one is reset. What arrived before is served to its end.
 */
export interface RefuseFault {
  readonly kind: 'refuse';
  /** A port is open or shut for everybody. */
  readonly rate: 1;
}

/**
 * There are no whole headers: the connection is reset before them (`reset`) or amid them (`reset-in-headers`), or nothing
 * comes until the client closes it (`hang`).
 */
export interface ConnectionFault extends Chance {
  readonly kind: 'reset' | 'reset-in-headers' | 'hang';
}

/** There are headers and no body: the connection is reset then, or nothing more comes until the client closes it. */
export interface NoBodyFault extends Chance {
  readonly kind: 'reset-after-headers' | 'hang-after-headers';
}

/**
 * An answer in one piece breaks off: its connection is reset (`reset-body`), nothing more comes until the client closes
 * it (`stall-body`), or it ends there as if it were whole (`malformed-body`). A stream is left as it is.
 */
export interface BrokenBodyFault extends Chance {
  readonly kind: 'reset-body' | 'stall-body' | 'malformed-body';
  /** How many bytes are sent before, at least 0; never all of them. @default half of the body */
  readonly afterBytes?: number;
}

/** An answer in one piece arrives a few bytes at a time. A stream is left as it is. */
export interface DripBodyFault extends Chance {
  readonly kind: 'drip-body';
  /** Between two pieces, in milliseconds, from 0 to a day. */
  readonly gapMs: number;
  /** Of each piece, a positive integer. @default 16 */
  readonly pieceBytes?: number;
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

/** A stream sends events of its tokens twice. An answer that is not streamed is left as it is. */
export interface DuplicateFault extends Chance {
  readonly kind: 'duplicate';
  /** Which tokens: every so many, a positive integer. @default 1, all of them */
  readonly everyNth?: number;
}

/** A page of HTML in place of the answer, as of a proxy in front of the provider. */
export interface HtmlPageFault extends Chance {
  readonly kind: 'html-page';
  /** 200, or from 400 to 599. @default 502 */
  readonly httpStatus?: number;
}

/** The right answer with a wrong `content-type`. */
export interface ContentTypeFault extends Chance {
  readonly kind: 'content-type';
  /** @default 'text/html' */
  readonly contentType?: string;
}

/** An answer in one piece comes after so many bytes of white space, which JSON allows. A stream is left as it is. */
export interface HugeBodyFault extends Chance {
  readonly kind: 'huge-body';
  /** From 1 to 2 ** 30. They are never held in memory at once. */
  readonly bytes: number;
}

/** The answer does not tell what it cost. */
export interface NoUsageFault extends Chance {
  readonly kind: 'no-usage';
}

/** A header, or a family of them, that an answer can lack. */
export type OmittedHeader = 'x-request-id' | 'x-ratelimit-*' | 'openai-*' | 'content-type' | 'content-length';

/** The answer lacks headers. */
export interface NoHeadersFault extends Chance {
  readonly kind: 'no-headers';
  /** @default ['x-request-id', 'x-ratelimit-*', 'openai-*', 'content-type'] */
  readonly headers?: readonly OmittedHeader[];
}

/** The provider's clock is wrong in the header `date` and in what the answer says of its time. */
export interface ClockSkewFault extends Chance {
  readonly kind: 'clock-skew';
  /** How far ahead it is, in milliseconds, an integer from -1e12 to 1e12; below 0 it is behind. */
  readonly skewMs: number;
}

/** A fault that is told by its `kind`. */
export type KindFault =
  | RefuseFault
  | ConnectionFault
  | NoBodyFault
  | BrokenBodyFault
  | DripBodyFault
  | DripFault
  | BrokenStreamFault
  | DuplicateFault
  | HtmlPageFault
  | ContentTypeFault
  | HugeBodyFault
  | NoUsageFault
  | NoHeadersFault
  | ClockSkewFault;

/** Something that goes wrong with a request. */
export type Fault = RateLimitFault | ErrorFault | DelayFault | KindFault;

/** How the ledger names a fault: `429 rate_limit_exceeded`, `503`, `delay`, or its kind. */
export type FaultName =
  | `429 ${NonNullable<RateLimitFault['code']>}`
  | `429 rate_limit_exceeded ${RateLimitName}`
  | `${number}`
  | `503 ${NonNullable<ErrorFault['code']>}`
  | 'delay'
  | KindFault['kind'];

export function faultName(fault: Fault): FaultName {
  if ('kind' in fault) return fault.kind;
  if ('delayMs' in fault) return 'delay';
  if (isRateLimit(fault)) {
    const { code = 'rate_limit_exceeded', limit } = fault;
    return limit === undefined ? `429 ${code}` : `429 rate_limit_exceeded ${limit}`;
  }
  return fault.code === undefined ? `${fault.status}` : `503 ${fault.code}`;
}

export function isRateLimit(fault: RateLimitFault | ErrorFault): fault is RateLimitFault {
  return fault.status === 429;
}
