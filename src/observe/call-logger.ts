import type { Fallback, Outcome, UsageSource } from '../call.ts';

/**
 * What `observe` writes its one line a call to: `pino()`, a child of one, or anything that takes the fields first and
 * the message second. A call that went well is `info`, one that failed is `error`, any other end is `warn`. Where `alerts`
 * are asked for, one that begins is `warn` and its end is `info`; such a line has the `event` `alert`.
 */
export interface CallLogger {
  info(fields: CallLogLine | ConditionLogLine, message: string): void;
  /** Also gets the alerts of budgets. */
  warn(fields: CallLogLine | AlertLogLine | ConditionLogLine, message: string): void;
  error(fields: CallLogLine, message: string): void;
}

/**
 * The fields of the line. One that is not known, or does not apply, is absent: never 0, never null. The time and the
 * level are the logger's own.
 *
 * A type and not an interface, so that a logger whose fields are a `Record<string, unknown>` takes it.
 */
export type CallLogLine = {
  readonly outcome: Outcome;
  /** `chat`, `embeddings`, … or, for other endpoints, the method and the path without its identifiers. */
  readonly operation: string;
  /** The model that was asked for. */
  readonly model?: string;
  /**
   * The model that the call went to last, where that is another one: a budget or a fallback put it in the place of the one
   * that was asked for. The tokens and the cost are those of this one.
   */
  readonly sentModel?: string;
  /** Why it went on elsewhere; absent where it did not. */
  readonly fallbackReason?: Fallback['reason'];
  /** The model that answered. */
  readonly responseModel?: string;
  readonly provider: 'openai' | 'azure.ai.openai';
  readonly serverAddress: string;
  readonly serverPort?: number;
  readonly streamed: boolean;
  /** Of the call's span; the name is the one that log lines have in OpenTelemetry. Absent outside of any trace. */
  readonly trace_id?: string;
  readonly span_id?: string;
  /** `01` where the trace is sampled. */
  readonly trace_flags?: string;
  /** The provider's name for the last attempt (`x-request-id`), which its support asks for. */
  readonly requestId?: string;
  /** The provider's name for the answer. */
  readonly responseId?: string;
  /** HTTP status of the last attempt. */
  readonly statusCode?: number;
  /** When the call began, in UTC. */
  readonly startTime: string;
  /** The whole call, as the caller felt it. */
  readonly durationMs: number;
  /** From the start of the call to the first chunk of a stream. */
  readonly firstChunkMs?: number;
  readonly attempts: number;
  /** Time between attempts. */
  readonly backoffMs: number;
  /** Milliseconds waited for limits, all attempts together. */
  readonly throttleMs?: number;
  /** Of what priority it waited for limits. */
  readonly priority?: 'high' | 'medium' | 'low';
  /** Chunks of the stream that were read. */
  readonly chunks?: number;
  /** All input tokens, cached ones included. */
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  readonly usageSource: UsageSource;
  readonly costUsd?: number;
  readonly finishReasons?: readonly string[];
  /** From the closed set of `ErrorType`. */
  readonly errorType?: string;
  /** HTTP status, type and code of the error, as far as they are words of the provider's own. */
  readonly errorMessage?: string;
  /** What to change after an `empty`, `truncated` or cut answer. */
  readonly hint?: string;
};

/** The fields of the line for an alert of a budget. A type for the same reason. */
export type AlertLogLine = {
  readonly event: 'budget_alert';
  /** The budget's name, as `usd/month`. */
  readonly budget: string;
  /** Whose it is, where each user, project or value of a tag has its own. */
  readonly owner?: string;
  /** The share that was reached. */
  readonly at: number;
  readonly reason: 'spent' | 'exceeded';
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly limitUsd: number;
  readonly resetsAt: string;
};

/** The fields of the line of an alert that begins or ends. The message says all of it in a sentence. A type for the same reason. */
export type ConditionLogLine = {
  readonly event: 'alert';
  readonly alert: 'p95_duration' | 'error_rate' | 'mean_cost' | 'limit_used';
  readonly state: 'firing' | 'resolved';
  /** The limit that is meant; only with `limit_used`. */
  readonly limit?: string;
  /** Milliseconds, a share or USD, as the threshold is. */
  readonly value?: number;
  readonly threshold: number;
  /** The calls that were judged, over `windowMs`. */
  readonly calls?: number;
  readonly windowMs?: number;
  /** How long it was firing; only where it ended. */
  readonly firedMs?: number;
};
