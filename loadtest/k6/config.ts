/** What the runner tells the k6 script, as JSON in the variable `TELLTALE_LOADTEST`. */
export interface K6Config {
  /** Without a slash at their end; they take the calls in turn. */
  readonly gatewayUrls: readonly string[];
  /** Without a slash at its end. The script's `setup` starts the mock's schedule there. */
  readonly mockUrl: string;
  readonly seed: number;
  readonly jsonPerSecond: number;
  readonly streamsPerSecond: number;
  readonly durationMs: number;
  /** How long a call may take before k6 has nobody left to make the next one: each virtual user makes one at a time. */
  readonly secondsInCall: number;
  /** Whether calls have priorities, and say how much they may answer. */
  readonly isPrioritised: boolean;
  /** Whether the JSON calls are background jobs, which are started and then polled. */
  readonly areJobs: boolean;
  /** Callers that hang up before they have their answer. */
  readonly leavers?: Leavers;
  /** The body of the mock's `POST /__control/start`. */
  readonly mockStart: unknown;
  readonly phases: readonly K6Phase[];
  /** k6 thresholds by metric, possibly with tags: `call_ok{phase:calm}`. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
}

/** Callers that hang up, and when. */
export interface Leavers {
  /** Their part of all callers, from 0 to 1. */
  readonly share: number;
  /** Each leaves at a moment between these, in milliseconds after it asked, unless it has its answer before. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface K6Phase {
  readonly name: string;
  /** From the start of the load. */
  readonly fromMs: number;
  readonly toMs: number;
}
