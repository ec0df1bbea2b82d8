import type { ServiceLevel, SideFigures } from './side-model.ts';

export type {
  Generator,
  PhaseRow,
  PhaseTotal,
  Recovery,
  ServiceLevel,
  SideFigures,
  Source,
  Spread,
  TimelinePoint,
  Wasted,
  WastedRow,
} from './side-model.ts';

/**
 * What one load test found, as plain data: the terminal's tables, `report.html`, `verdict.json`, `summary.md` and `--json`
 * are views of it.
 */
export interface RunReport extends SideFigures {
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
  /** What a reader must know of the figures beside the verdict. */
  readonly notes?: readonly string[];
  /** Within which a call must be answered to count as good. */
  readonly serviceLevel: ServiceLevel;
  /** So much of the load's time the figures cover: all of it, or what there was until a run was cut short. */
  readonly measuredMs: number;
  readonly phases: readonly Phase[];
  /** What went wrong, by what became of the call that met it. */
  readonly errors: readonly ErrorRow[];
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
  readonly telemetry: TelemetryHealth;
  /** The same load on the bare client and on the wrapped one, side by side; absent where a scenario compares nothing. */
  readonly comparison?: {
    /** How the load and the clients were set up, in a sentence. */
    readonly says: string;
    readonly rows: readonly { readonly figure: string; readonly bare: string; readonly wrapped: string }[];
  };
  /** What the bare client came to under the same load; absent where a scenario compares nothing. */
  readonly bare?: SideFigures;
  /** Against the run that `--compare` names. */
  readonly earlier?: EarlierRun;
  readonly traces: {
    readonly slowest: readonly Trace[];
    readonly mostRetried: readonly Trace[];
    /** One for each kind of error, in the order of `errors` as far as they were traced. */
    readonly failed: readonly Trace[];
  };
}

export interface ErrorRow {
  readonly errorType: string;
  readonly outcome: string;
  readonly calls: number;
  readonly attempts: number;
  /** The id of one such call. */
  readonly example: string;
}

export interface TelemetryHealth {
  readonly spans: number;
  readonly metricPoints: number;
  readonly logRecords: number;
  /** Bodies received, by signal. */
  readonly exports: { readonly traces: number; readonly metrics: number; readonly logs: number };
  /** Bodies that the receiver could not take. */
  readonly refused: number;
  /** Spans that came more than once. */
  readonly duplicates: number;
  /** Spans that came later than `lateAfterMs` after their end. */
  readonly late: number;
  readonly lateAfterMs: number;
  /** From a span's end to its arrival, at the longest. */
  readonly longestLagMs: number;
  /** Attributes, events and links that a sender says it left out. */
  readonly droppedParts: number;
  /** Spans whose parent never came. */
  readonly orphans: number;
  /** Bodies that the user's collector did not take. */
  readonly exportFailures: number;
}

/** This run against an earlier one. */
export interface EarlierRun {
  readonly file: string;
  readonly startedAt: string;
  readonly verdict: VerdictWord;
  /** What else was different, so that the figures may not be comparable. */
  readonly notes: readonly string[];
  /** By this part of the earlier figure a figure may be worse. */
  readonly tolerance: number;
  readonly rows: readonly EarlierRow[];
}

export type VerdictWord = 'green' | 'red' | 'void' | 'partial';

export interface EarlierRow {
  readonly figure: string;
  readonly phase: string;
  readonly unit: 'ms' | 'share' | 'count' | 'usd';
  /** Null where that run has no such figure. */
  readonly before: number | null;
  readonly now: number | null;
  readonly change: 'worse' | 'better' | 'same' | 'not comparable';
}

export interface Phase {
  readonly name: string;
  /** What is wrong in it, for a reader: `429 on 60 % of requests, Retry-After 1 s`. Empty for a calm phase. */
  readonly faults: string;
  readonly fromMs: number;
  readonly toMs: number;
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
