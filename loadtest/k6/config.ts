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
  /** The body of the mock's `POST /__control/start`. */
  readonly mockStart: unknown;
  readonly phases: readonly K6Phase[];
  /** k6 thresholds by metric, possibly with tags: `call_ok{phase:calm}`. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
}

export interface K6Phase {
  readonly name: string;
  /** From the start of the load. */
  readonly fromMs: number;
  readonly toMs: number;
}
