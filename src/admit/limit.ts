/** The names of windows, in milliseconds. */
export const windowNames = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const satisfies Readonly<Record<string, number>>;

/** The time that a limit is counted over. */
export type WindowName = keyof typeof windowNames;

/** Whose calls share a limit. */
export type LimitScope = 'organization' | 'project' | 'user';

/**
 * One limit: so many requests, or so many tokens, in any window of a length. Exactly one of `requests` and `tokens`,
 * and exactly one of `per` and `perMs`.
 *
 * @example
 * ```ts
 * const limits: Limit[] = [
 *   { requests: 500, per: 'minute', burst: 10 },
 *   { tokens: 200_000, per: 'minute' },
 *   { requests: 10_000, per: 'day', models: ['gpt-5*'] },
 *   { tokens: 20_000, per: 'minute', scope: 'user' },
 * ];
 * ```
 */
export interface Limit {
  /** Requests in a window. A positive integer. */
  readonly requests?: number;
  /** Tokens in a window. A positive integer. */
  readonly tokens?: number;
  /** The window's length by name. */
  readonly per?: WindowName;
  /** The window's length in milliseconds: an integer from 100 to 31 days. */
  readonly perMs?: number;
  /**
   * How much may go at once, in the limit's own unit; what comes after it goes at a steady rate. A positive integer, at
   * most the quota. @default the whole quota may go at once
   */
  readonly burst?: number;
  /**
   * The models that share this limit; `*` stands for any characters (`gpt-5*`). All that match share one quota: write a
   * limit for each model to give each its own. @default all calls, whatever their model
   */
  readonly models?: readonly string[];
  /**
   * Whose calls share it. With `project` or `user`, each value of `project` or `user` in `acquire` has a quota of its
   * own; calls that name none share one. @default 'organization': all calls
   */
  readonly scope?: LimitScope;
}

/**
 * How a limit is held.
 *
 * - `strict`: never more than the quota in any window, wherever the window begins.
 * - `mirror`: as OpenAI's own bucket, which refills all the time: full throughput, and up to twice the quota in a first
 *   window. What is reserved and not used does not come back, as it does not there.
 * - `smooth`: strict, and no second takes more than its share of a window of up to an hour, which OpenAI may enforce.
 */
export type LimitMode = 'strict' | 'mirror' | 'smooth';

/** A limit that was checked. */
export interface CheckedLimit {
  /** `requests/minute`, `tokens/day gpt-5*`, `tokens/minute per user`: for people, metrics and attributes. */
  readonly name: string;
  readonly unit: 'requests' | 'tokens';
  readonly quota: number;
  readonly windowMs: number;
  readonly burst: number | undefined;
  readonly models: readonly string[] | undefined;
  readonly scope: LimitScope;
}
