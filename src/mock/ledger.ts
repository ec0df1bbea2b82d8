import type { Endpoint } from './endpoint.ts';
import type { FaultName } from './faults.ts';

/** Tokens of one answer, by the mock's own rule. */
export interface TokenUsage {
  /** Cached ones included. */
  inputTokens: number;
  cachedTokens: number;
  /** Reasoning included. */
  outputTokens: number;
  reasoningTokens: number;
}

/** Why a model stopped, in chat's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** How a request ended. */
export type LedgerEnd =
  /** All of the answer was handed to the network. */
  | 'complete'
  /** The client closed the connection before that. */
  | 'client-closed'
  /** A fault ended the answer cleanly before it was whole. */
  | 'cut'
  /** A fault, or the end of the mock, destroyed the connection. */
  | 'reset'
  /** It has not ended. */
  | 'pending';

/**
 * One request that arrived, and what became of it. Times are milliseconds since the start of the schedule on the
 * mock's clock. Never holds a key, a query or any content.
 */
export interface LedgerEntry {
  /** 0 for the first since the start; in order of arrival. */
  readonly seq: number;
  /** The `x-call-id` header, else `anon-N`. */
  readonly callId: string;
  /** How many requests with this call id arrived before. */
  readonly attempt: number;
  /** The `x-request-id` of the answer, sent or withheld. */
  readonly requestId: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly endpoint: Endpoint;
  /** As asked for; null where the request named none. */
  readonly model: string | null;
  /** Whether the request asked for a stream. */
  readonly streamed: boolean;
  /** The name of the phase in which it arrived; `calm` between and after them, `by-hand` while faults are set by hand. */
  readonly phase: string;
  /** The phase's index in the schedule; the number of phases where there is none, -1 for `by-hand`. */
  readonly phaseIndex: number;
  readonly arrivedAtMs: number;
  /** Absent when no headers were sent. */
  readonly headersAtMs?: number;
  /** Absent while it runs. */
  readonly endedAtMs?: number;
  /** The fault that it met. */
  readonly fault: FaultName | null;
  /** Null when no headers were sent. */
  readonly status: number | null;
  /** The wait that the answer asked for, as its most exact header says it. */
  readonly retryAfterMs?: number;
  /**
   * What the answer cost: of a stream that broke off, up to there. Null where no answer was sent, and where nothing is
   * paid for it. A background response is paid for by the request that made it, once it ends.
   */
  readonly usage: Readonly<TokenUsage> | null;
  /** Whether the answer told the client its usage; of a background response, whether any answer did. */
  readonly usageSent: boolean;
  /** As sent, in chat's words for every endpoint: `length` is Responses' `max_output_tokens`. */
  readonly finishReason: FinishReason | null;
  /** Events of a stream that were sent, `[DONE]` not counted. */
  readonly chunksSent: number;
  readonly end: LedgerEnd;
  readonly traceparent?: string;
  /** The client's own count, from `x-stainless-retry-count`. */
  readonly retryCount?: number;
  readonly idempotencyKey?: string;
  /** What the limits made of it; absent where the mock had none, or where no model was asked. */
  readonly rateLimit?: RateLimitRecord;
  /** The batch that it began, which goes on after the request has ended. */
  readonly batch?: BatchRecord;
  /** The background response that it made. */
  readonly job?: JobRecord;
}

/**
 * A batch, as far as it has come. What its lines cost is here and in no entry's `usage`, so that what is asked right away
 * and what is asked in batches add up apart: a provider bills these at half the price.
 */
export interface BatchRecord {
  readonly id: string;
  /** Of all its lines; null until they are checked. */
  readonly model: string | null;
  /** As the API tells it. */
  readonly status:
    | 'validating'
    | 'failed'
    | 'in_progress'
    | 'finalizing'
    | 'completed'
    | 'expired'
    | 'cancelling'
    | 'cancelled';
  /** Lines of its input; 0 until they are checked. */
  readonly lines: number;
  /** Lines with an answer. */
  readonly completed: number;
  /** Lines that were refused, failed, or were not reached in time. */
  readonly failed: number;
  /** Of the lines with an answer. */
  readonly usage: Readonly<TokenUsage>;
}

/** A background response, as the request that made it knows it. */
export interface JobRecord {
  /** Of the response. */
  readonly id: string;
  /** How it ended; `pending` while it is queued or in progress. */
  readonly status: 'completed' | 'incomplete' | 'failed' | 'cancelled' | 'pending';
  /** Absent while it is pending. */
  readonly endedAtMs?: number;
}

/** What the limits made of a request. */
export interface RateLimitRecord {
  /** When it came before the limits, its body read. */
  readonly atMs: number;
  /** A number for its API key where each has limits of its own, in order of arrival; else 0. */
  readonly key: number;
  /**
   * `admitted`: charged to every limit that applies. `refused`: the 429 of a limit. `counted`: a fault or a mistake in
   * the request kept it from the model, so it was charged as a request and refused by no limit.
   */
  readonly outcome: 'admitted' | 'refused' | 'counted';
  /** Charged requests. Of what was not admitted a limit takes no more than it has left. */
  readonly requests: 0 | 1;
  /** Charged tokens, as estimated on arrival. */
  readonly tokens: number;
  /** What an admitted request really used; absent while it runs, and where no answer began. */
  readonly actualTokens?: number;
  /** Of a refused one. */
  readonly refusedBy?: RefusedBy;
}

/** The limit that refused a request: of several, the one that made it wait longest. */
export interface RefusedBy {
  /** Its index in the mock's `limits`. */
  readonly limit: number;
  /** Whether it was the share per second of that limit. */
  readonly perSecond: boolean;
  /** As the error says it. */
  readonly used: number;
  /** As the error says it. */
  readonly requested: number;
  /** Whether it asked for more than the limit ever allows at once. */
  readonly tooLarge: boolean;
}

/** An entry while its request runs. */
export type OpenEntry = { -readonly [Key in keyof LedgerEntry]: LedgerEntry[Key] };

/** A copy that later events do not change. */
export function copyOf(entry: LedgerEntry): LedgerEntry {
  const { usage, batch } = entry;
  return {
    ...entry,
    usage: usage && { ...usage },
    ...(batch && { batch: { ...batch, usage: { ...batch.usage } } }),
  };
}
