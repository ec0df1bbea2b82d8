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
  /** The circuit breaker of the model at its endpoint is open: the provider has failed too often of late. */
  | 'breaker_open'
  /** The store of limits or budgets is gone, and `whenDown` is `closed`. */
  | 'store_unavailable'
  /** A budget has no room for the most that a call may cost. */
  | 'budget_exceeded'
  /** A budget refuses what it cannot reckon: the model has no price, or none for the tier that was asked for. */
  | 'unpriced_model'
  /** Another process uses the file of a `fileBudgetStore`. */
  | 'budget_file_locked'
  /** There is no record of this id in the store: no such conversation, job or batch. */
  | 'record_unknown'
  /** A stored record cannot be read. Others are not touched by it. */
  | 'record_damaged'
  /** A stored record, or a file of the audit, was written by a newer version of Telltale. It is left as it is. */
  | 'record_newer'
  /** Somebody else changed a stored record in the meantime. */
  | 'record_conflict'
  /** Somebody else holds a stored record for longer than was to be waited, or erases from an audit. */
  | 'record_locked'
  /** A document is missing, empty, encrypted, too large, or of no form that can be read. */
  | 'document_unreadable'
  /** An answer does not keep to the schema that was asked for, also after it was asked to mend it. */
  | 'schema_mismatch'
  /** Moderation found what its policy does not let through. */
  | 'flagged'
  /** An input is larger than allowed, or not of the form that it must have: nothing was sent. */
  | 'input_refused'
  /** Moderation could not be asked, and fails closed. */
  | 'moderation_unavailable'
  /** The provider began to answer a turn of a conversation, and says that the answer has failed. */
  | 'answer_failed'
  /** A background job ended, but not with a whole answer. */
  | 'job_failed'
  /** A batch ended, or was refused, without results. */
  | 'batch_failed';

/** An error of Telltale's own. What the provider or the client throws is never wrapped in one. */
export class TelltaleError extends Error {
  override readonly name = 'TelltaleError';
  /** Stable across versions. */
  readonly code: TelltaleErrorCode;
  /** The limit that refused, as `tokens/minute`. */
  declare readonly limit?: string;
  /** The circuit breaker that refused, as `chat gpt-5`. */
  declare readonly breaker?: string;
  /** The budget that refused, as `usd/month`. */
  declare readonly budget?: string;
  /** Milliseconds after which there should be room, as far as is known. */
  declare readonly retryAfterMs?: number;
  /** The option that is wrong, as `limits[0].requests`. */
  declare readonly option?: string;
  /** What moderation found, as `violence/graphic`. */
  declare readonly categories?: readonly string[];
  /** Whether it was the input or the output that was not let through. */
  declare readonly stage?: 'input' | 'output';
  /** What an answer cost that is withheld; absent where there was none, or nobody knows. */
  declare readonly costUsd?: number;

  constructor(
    code: TelltaleErrorCode,
    message: string,
    options: {
      cause?: unknown;
      limit?: string | undefined;
      breaker?: string | undefined;
      budget?: string;
      retryAfterMs?: number;
      option?: string;
      categories?: readonly string[];
      stage?: 'input' | 'output';
      costUsd?: number | undefined;
    } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    if (options.limit !== undefined) this.limit = options.limit;
    if (options.breaker !== undefined) this.breaker = options.breaker;
    if (options.budget !== undefined) this.budget = options.budget;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.option !== undefined) this.option = options.option;
    if (options.categories !== undefined) this.categories = options.categories;
    if (options.stage !== undefined) this.stage = options.stage;
    if (options.costUsd !== undefined) this.costUsd = options.costUsd;
  }
}
