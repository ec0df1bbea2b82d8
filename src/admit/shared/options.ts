/** What a limiter does while its store is gone. */
export type WhenDown = 'local-share' | 'closed' | 'open';

/** How much may be reserved ahead, to save round trips. A lease is never for windows under 10 s, nor in the mode `smooth`. */
export interface LeaseOptions {
  /** Calls in one lease, at most. An integer of at least 1. @default 64 */
  readonly maxCalls?: number;
  /** Share of the smallest quota in one lease, at most. Above 0, at most 1. @default 0.05 */
  readonly maxShare?: number;
  /** How long a lease may be spent, in milliseconds, from 10 to 250; never longer than a part of a window. @default 250 */
  readonly ttlMs?: number;
}
