/**
 * What one load test found, as plain data: the terminal table, `report.html` and `--json` are three views of it.
 */
export interface RunReport {
  readonly header: {
    readonly scenario: string;
    readonly seed: number;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly durationMs: number;
    readonly offeredPerSecond: { readonly json: number; readonly streams: number };
    /** Name and version: node, openai, telltale, k6, @opentelemetry/api. */
    readonly versions: Readonly<Record<string, string>>;
    /** Such as `2 × Intel Xeon, 24 GiB, linux x64`. */
    readonly machine: string;
    readonly sabotage?: string;
    /** True when the run was cut short: the numbers cover only what happened. */
    readonly partial: boolean;
  };
  readonly verdict: {
    readonly green: boolean;
    /** True when k6 could not keep its arrival rate: the run proves nothing, whatever the figures say. */
    readonly void?: boolean;
    readonly reasons: readonly string[];
  };
  readonly phases: readonly Phase[];
  /** One row a phase and kind of call, then one row per kind over the whole run (`phase: 'all'`). */
  readonly rows: readonly PhaseRow[];
  /** One entry per second of the run. */
  readonly timeline: readonly TimelinePoint[];
  readonly errors: readonly {
    readonly errorType: string;
    readonly outcome: string;
    readonly calls: number;
    readonly attempts: number;
  }[];
  readonly models: readonly {
    readonly model: string;
    readonly calls: number;
    readonly inputTokens: number;
    readonly cachedTokens: number;
    readonly outputTokens: number;
    readonly reasoningTokens: number;
    readonly costUsd: number;
  }[];
  readonly invariants: readonly Invariant[];
  readonly thresholds: readonly {
    readonly name: string;
    readonly expression: string;
    readonly measured: string;
    readonly ok: boolean;
  }[];
  readonly telemetry: {
    readonly spans: number;
    readonly metricPoints: number;
    readonly exportFailures: number;
  };
  /** The same load on the bare client and on the wrapped one, side by side; absent where a scenario compares nothing. */
  readonly comparison?: {
    /** How the load and the clients were set up, in a sentence. */
    readonly says: string;
    readonly rows: readonly { readonly figure: string; readonly bare: string; readonly wrapped: string }[];
  };
  readonly traces: { readonly slowest: readonly Trace[]; readonly mostRetried: readonly Trace[] };
}

export interface Phase {
  readonly name: string;
  /** What is wrong in it, for a reader: `429 on 60 % of requests, Retry-After 1 s`. Empty for a calm phase. */
  readonly faults: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PhaseRow {
  readonly phase: string;
  readonly kind: 'json' | 'stream' | 'embeddings';
  readonly offered: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly attemptsPerCall: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Time to the first chunk; absent for calls that do not stream. */
  readonly firstChunkP50Ms?: number;
  readonly firstChunkP95Ms?: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Sum over all calls. */
  readonly backoffMs: number;
}

export interface TimelinePoint {
  readonly atMs: number;
  readonly offered: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Attempts after a call's first. */
  readonly retries: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface Invariant {
  /** `I1`, `I2`, … as the design numbers them. */
  readonly id: string;
  readonly title: string;
  /** The figures that must agree, each with the book it comes from. */
  readonly counts: readonly { readonly book: string; readonly value: string }[];
  /** 0 when the books agree. */
  readonly difference: number;
  /** In which of several ways it is broken, and how often; absent where there is only one. */
  readonly broken?: readonly string[];
  /** What could not be judged exactly (an abort that crossed a reply) and how often. */
  readonly notes: readonly string[];
  /** A few of the offending calls. */
  readonly examples: readonly string[];
}

export interface Trace {
  readonly traceId: string;
  readonly callId: string;
  readonly phase: string;
  readonly durationMs: number;
  readonly attempts: number;
  readonly outcome: string;
  readonly spans: readonly Span[];
}

export interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: 'server' | 'client' | 'internal';
  /** What it is in a call's life, for its colour. */
  readonly role: 'gateway' | 'call' | 'attempt' | 'backoff' | 'throttle' | 'other';
  /** From the start of the trace. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly error: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}
