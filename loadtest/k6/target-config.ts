import type { K6Phase } from './config.ts';

/** The script's one scenario; call ids are made of it. */
export const targetScenario = 'target';

/** What the runner tells the k6 script for a service of the user's own, as JSON in the variable `TELLTALE_LOADTEST`. */
export interface K6TargetConfig {
  readonly requests: readonly K6Request[];
  /** Without a slash at its end. The script's `setup` starts the mock's schedule there. */
  readonly mockUrl: string;
  readonly seed: number;
  readonly perSecond: number;
  readonly durationMs: number;
  /** After this long the caller has gone. */
  readonly timeoutMs: number;
  /** The body of the mock's `POST /__control/start`. */
  readonly mockStart: unknown;
  readonly phases: readonly K6Phase[];
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
}

/** One kind of request to the service. */
export interface K6Request {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where it has none. */
  readonly body: string | null;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** Whether its answer is a stream: the time to its first byte is then that to the first token. */
  readonly isStream: boolean;
  /** Statuses that are a success; empty: 200 to 299. */
  readonly accept: readonly number[];
}
