/**
 * The vocabulary that every stage shares: a call, its attempts, its waits and what became of them.
 * A `Call` is one thing the application asked for; an `Attempt` is one request on the wire for it.
 */

/** Who goes first where calls wait for a limit. */
export type Priority = 'high' | 'medium' | 'low';

/** How a call ended. A closed set. */
export type Outcome =
  /** The whole answer arrived. */
  | 'ok'
  /** The provider answered with an error, or could not be reached, or the answer could not be read. */
  | 'error'
  /** Telltale did not let it go: a limit, a budget, a breaker or a deadline. */
  | 'refused'
  /** The caller stopped it. */
  | 'cancelled'
  /** A stream that ended without saying that it had finished. */
  | 'truncated'
  /** Billed, but with no visible content: the model spent its whole allowance on reasoning. */
  | 'empty'
  /** The answer arrived and nobody read it to its end. */
  | 'abandoned';

/** Where the token counts come from. */
export type UsageSource = 'provider' | 'estimated' | 'unknown';

/** Tokens of one call. A count that is not known is absent, never 0. */
export interface Usage {
  readonly source: UsageSource;
  /** All input tokens, cached ones included. */
  readonly inputTokens?: number;
  /** The part of the input that the provider read from its prompt cache. */
  readonly cachedInputTokens?: number;
  /** The part of the input that the provider wrote into its prompt cache, where it says so. */
  readonly cacheWriteInputTokens?: number;
  /** The part of the input that was audio. */
  readonly audioInputTokens?: number;
  /** The part of the input that was images. */
  readonly imageInputTokens?: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens?: number;
  /** The part of the output that was reasoning. */
  readonly reasoningTokens?: number;
  /** The part of the output that was audio. */
  readonly audioOutputTokens?: number;
  /** The part of the output that was images. */
  readonly imageOutputTokens?: number;
  /** Seconds of audio, for transcriptions that are billed by time. */
  readonly audioSeconds?: number;
}

/** What was asked, known before anything is sent. */
export interface CallRequest {
  /** `chat`, `embeddings`, … as the GenAI conventions name it; for an endpoint without a model its method and route. */
  readonly operation: string;
  /** Which of the endpoints at which models work, `fetch_response` for a Response that exists already, or `other`. */
  readonly endpoint:
    | 'chat'
    | 'responses'
    | 'completions'
    | 'embeddings'
    | 'compaction'
    | 'decisions'
    | 'moderations'
    | 'images'
    | 'audio'
    | 'fetch_response'
    | 'other';
  /** What the endpoint makes, where it makes one thing only. */
  readonly outputType?: 'text' | 'image' | 'speech';
  /** Upper case. */
  readonly method: string;
  /** The path with identifiers replaced (`/files/{id}`), so that it can be an attribute. */
  readonly route: string;
  /** The model that the request names. Absent where it names none. */
  readonly model?: string;
  readonly streamed: boolean;
  readonly provider: 'openai' | 'azure.ai.openai';
  readonly serverAddress: string;
  /** Absent where the address of the client tells none. */
  readonly serverPort?: number;
  /** The conversation that the path names. */
  readonly conversationId?: string;
  /** The request body when it is a plain object: read, never changed. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What the provider said of its answer, from headers and body. */
export interface CallResponse {
  id?: string;
  model?: string;
  serviceTier?: string;
  systemFingerprint?: string;
  finishReasons?: readonly string[];
  /** What the answer is, where no model made it: a file, a batch, a list of jobs. */
  resource?: Resource;
}

/** Something that the provider keeps. */
export interface Resource {
  /** What the provider calls its kind: `file`, `batch`, `vector_store`, `list`. */
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  /** Entries of a page of a list. */
  readonly count?: number | undefined;
  /** The model of a batch. */
  readonly model?: string | undefined;
  /** Requests of a batch. */
  readonly totalRequests?: number | undefined;
  readonly completedRequests?: number | undefined;
  readonly failedRequests?: number | undefined;
}

/** One call, from the moment the application made it to its only end. Stages and observers fill it in. */
export interface Call {
  readonly request: CallRequest;
  /** On the clock's monotonic scale. */
  readonly startedMs: number;
  /** The model that it went to in place of the one that was asked for, because a budget said so; else absent. */
  sentModel?: string;
  response: CallResponse;
  usage: Usage;
  /** Undefined when the model has no known price or the tokens are unknown. */
  costUsd?: number;
  /**
   * What the provider's prompt cache saved, in USD; below 0 where writing into it cost more than reading saved. Undefined
   * where the cache was not used, or its price is not known.
   */
  cacheSavedUsd?: number;
  /** Requests made so far. */
  attempts: number;
  /** Where it went on when the model that was asked for could not answer, in order; absent where it never did. */
  fallbacks?: readonly Fallback[];
  /** Milliseconds spent between attempts. */
  backoffMs: number;
  /** Of what priority it waits for limits; absent where no limit holds it. */
  priority?: Priority;
  /** Milliseconds spent waiting for limits, all attempts together; absent where no limit holds it. */
  throttleMs?: number;
  /** From the start of the call to the first chunk of a stream. */
  firstChunkMs?: number;
  /** Chunks read so far. */
  chunks: number;
  /** Undefined while the call runs. */
  outcome?: Outcome;
  /** What it has to do with a Response that works in the background, or with a batch; absent where nothing. */
  job?: JobPart;
  /** From a documented closed set; see `errorType`. */
  errorType?: string;
  /** What was thrown, if anything was. */
  error?: unknown;
  endedMs?: number;
}

/**
 * What a call has to do with the money of a Response that works in the background (`background: true`), or of a batch, which
 * is booked exactly once, by the first call that brings its usage.
 */
export type JobPart = {
  /** Tokens and cost are those of many requests; absent for a Response. */
  readonly isBatch?: true;
} & (
  | /** It began it, and another call brings the usage: what it costs is not known yet, or is on that call. */
  { readonly part: 'begins' }
  /** It was the first to bring the usage, so its tokens and cost are those of the job. `model`: what that was begun with. */
  | { readonly part: 'books'; readonly model?: string }
  /** It was the first to hear that the job is over, and nobody says what it used. */
  | { readonly part: 'ends' }
);

/** The model that a call asked for, or whose job's usage it brings; undefined where there is none. */
export function askedModelOf({ request, job }: Call): string | undefined {
  return request.model ?? (job?.part === 'books' ? job.model : undefined);
}

/** The model that a call went to last: what a budget or a fallback put in the place of the one that was asked for, else that. */
export function sentModelOf(call: Call): string | undefined {
  return call.sentModel ?? call.fallbacks?.at(-1)?.model ?? askedModelOf(call);
}

/** Somebody else whom a call asked. */
export interface Fallback {
  readonly model: string;
  /** The one before was ill, had no room in time, or did not fit a budget. */
  readonly reason: 'ill' | 'throttled' | 'over_budget';
  readonly serverAddress: string;
  readonly serverPort?: number;
}

/** One request on the wire. */
export interface Attempt {
  readonly call: Call;
  /** 0 for the first. */
  readonly index: number;
  readonly startedMs: number;
  /** True once a request left for the network; false when the client failed before that. */
  sent: boolean;
  /** Whom it asks; absent where that is what the caller asked for. */
  fallback?: Fallback;
  /** Absent when no response arrived. */
  status?: number;
  /** The response's headers; undefined when none arrived. */
  headers?: Headers;
  errorType?: string;
  error?: unknown;
  endedMs?: number;
}

/** What a limiter had to say to one attempt: it went, at once or after a wait, or it did not go. */
export interface Throttle {
  readonly call: Call;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly priority: Priority;
  /** The limit that held it, as `tokens/minute`; absent where it went at once, or waited only for its turn. */
  readonly limit?: string;
  /** How many waited in front of it when it came. */
  readonly ahead: number;
  /** Tokens reserved for it. */
  readonly tokens: number;
  /** Why it did not go: a limiter's error code, or `aborted`. Absent where it went. */
  readonly refusal?: string;
}

/** Something other than a limit did not let an attempt go. */
export interface Refusal {
  readonly call: Call;
  /** A stable code, as `breaker_open`. */
  readonly reason: string;
  /** The budget that refused. */
  readonly budget?: string;
}

/** A wait between two attempts. */
export interface Backoff {
  readonly call: Call;
  readonly startedMs: number;
  /** Whose rule set the wait: a Retry-After of the server, or the client's own backoff. */
  readonly rule: 'server' | 'policy';
  /** Why there is a retry: the status, or the error type, of the attempt before. */
  readonly reason: string;
  endedMs?: number;
}
