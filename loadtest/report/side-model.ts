/** What one side, bare or wrapped, came to under the load. */
export interface SideFigures {
  /** One row a phase and kind of call, then one row per kind over the whole run (`phase: 'all'`). */
  readonly rows: readonly PhaseRow[];
  /** One a phase, over all kinds of call, then one over the whole run (`phase: 'all'`). */
  readonly totals: readonly PhaseTotal[];
  /** One entry per second of the run. */
  readonly timeline: readonly TimelinePoint[];
  /** What was billed and of no use, by why. */
  readonly wasted: readonly WastedRow[];
  /** One for each phase in which the provider misbehaves. */
  readonly recoveries: readonly Recovery[];
  readonly generator: Generator;
  readonly source: Source;
}

/**
 * Which book the figures of the provider's side come from: requests, tokens, cost and waits. `ledger`: the provider's, by
 * call, for a client that told nothing; `ledger in all`: that, and nobody can say which request belongs to which call.
 */
export type Source = 'telemetry' | 'ledger' | 'ledger in all' | 'none';

export interface ServiceLevel {
  /** From the caller's request to the end of its answer. */
  readonly wholeMs: number;
  /** Of a stream, from the start of the call to its first chunk. */
  readonly firstTokenMs: number;
}

/** How values spread, by nearest rank: each figure is a value that was measured. */
export interface Spread {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Wasted {
  readonly attempts: number;
  /** In and out. */
  readonly tokens: number;
  /** Of what has a price. */
  readonly costUsd: number;
}

export interface WastedRow extends Wasted {
  /** What became of the call, or `asked again` where a later attempt of it was the one that counted. */
  readonly why: string;
}

export interface Recovery {
  readonly phase: string;
  /** When its trouble ended, from the start of the load. */
  readonly endMs: number;
  /**
   * `not observed`: the run ended, or trouble began again, before there was time enough to tell; `not recovered`: there
   * was time, and goodput did not come back in it.
   */
  readonly state: 'recovered' | 'not recovered' | 'not observed';
  /** From the end of the trouble until goodput is back; only where it came back. */
  readonly afterMs?: number;
}

/** Whether k6 put the load on the gateway that it was asked for. */
export interface Generator {
  readonly askedPerSecond: number;
  readonly offeredPerSecond: number;
  /** Calls that should have been made in the time that was measured. */
  readonly asked: number;
  /** Calls that k6 has a record of; of background jobs, those that started one. */
  readonly offered: number;
  /** Calls that asked how far a job was, which nobody asked k6 for; absent where there are no jobs. */
  readonly polls?: number;
  /** Iterations that k6 could not start; absent when it ended before it could say. */
  readonly dropped?: number;
  /** How long after it was due an iteration began; absent where that is not known. */
  readonly lag?: Spread;
  /** Virtual users that were busy at once, and that there were, at most; absent when k6 ended before it could say. */
  readonly users?: { readonly busy: number; readonly ready: number };
}

export interface PhaseRow {
  readonly phase: string;
  readonly kind: 'json' | 'stream' | 'embeddings' | 'request';
  readonly offered: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of those that succeeded, the ones within the service level. */
  readonly good: number;
  readonly attemptsPerCall: number;
  /** The whole call as its caller felt it, retries and waits included. */
  readonly whole: Spread;
  /** Time to the first chunk; absent for calls that do not stream. */
  readonly firstChunk?: Spread;
  /** The mean time from one chunk to the next in each stream that came to its end; absent where none did. */
  readonly chunkGap?: Spread;
  /** The longest time from one chunk to the next in each such stream; absent where nobody measured it. */
  readonly longestGap?: Spread;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Sum over all calls. */
  readonly backoffMs: number;
  /** Sum over all calls. */
  readonly throttleMs: number;
}

export interface PhaseTotal {
  readonly phase: string;
  readonly offered: number;
  readonly succeeded: number;
  readonly good: number;
  /** Goodput: good calls in a second of the phase's time. */
  readonly goodPerSecond: number;
  /** Retry amplification: requests at the provider for each call. */
  readonly requestsPerCall: number;
  /** Sum over all calls. */
  readonly backoffMs: number;
  /** Sum over all calls. */
  readonly throttleMs: number;
  readonly costUsd: number;
  readonly wasted: Wasted;
}

export interface TimelinePoint {
  readonly atMs: number;
  readonly offered: number;
  readonly succeeded: number;
  /** Of those that succeeded, the ones within the service level. */
  readonly good: number;
  readonly failed: number;
  /** Attempts after a call's first. */
  readonly retries: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}
