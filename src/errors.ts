/** What went wrong, as a stable identifier that callers may branch on. */
export type TelltaleErrorCode =
  | 'invalid_option'
  | 'already_observed'
  | 'missing_package'
  | 'already_started'
  | 'port_in_use'
  | 'mock_failed'
  | 'k6_missing'
  /** More calls wait for a limit than `queue` allows. */
  | 'queue_full'
  /** A call would wait for a limit longer than `queue.maxWaitMs` allows. */
  | 'wait_too_long'
  /** A call did not end within its deadline, or would wait for a limit past it. */
  | 'deadline_exceeded'
  /** A stream sent nothing for `streamIdleMs`. */
  | 'stream_idle'
  /** A stream ended without a finish, with `onTruncated: 'error'`. */
  | 'truncated'
  /** An answer was billed and shows nothing, with `onEmpty: 'error'`. */
  | 'empty'
  /** A call asks for more than a limit holds at all. */
  | 'oversize'
  | 'limiter_closed'
  /** The shared store of a limiter is gone, and `whenDown` is `closed`. */
  | 'store_unavailable';

/** An error of Telltale's own. What the provider or the client throws is never wrapped in one. */
export class TelltaleError extends Error {
  override readonly name = 'TelltaleError';
  /** Stable across versions. */
  readonly code: TelltaleErrorCode;
  /** The limit that refused, as `tokens/minute`. */
  readonly limit?: string;
  /** Milliseconds after which there should be room, as far as is known. */
  readonly retryAfterMs?: number;

  constructor(
    code: TelltaleErrorCode,
    message: string,
    options: { cause?: unknown; limit?: string | undefined; retryAfterMs?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    if (options.limit !== undefined) this.limit = options.limit;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}
