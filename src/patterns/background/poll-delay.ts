/** The longest wait after polls that failed, unless the provider asks for a longer one. */
export const longestBackoffMs = 60_000;
/** The longest wait that the provider may ask for. */
const longestWishMs = 600_000;

export interface DelayRule {
  /** The last one holds for all polls that follow. */
  readonly delaysMs: readonly number[];
  /** Each wait is longer or shorter by up to this share of it. */
  readonly jitter: number;
}

export interface PollHistory {
  /** Polls so far, failed ones too. */
  readonly polls: number;
  /** How many of the last ones failed, one after the other. */
  readonly failures: number;
  /** What the last answer asked for. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * How long to wait before the next poll. After polls that failed the wait doubles each time, up to a minute; what the
 * provider asks for is waited at least.
 *
 * @param draw a number in [0, 1)
 */
export function pollDelayMs({ delaysMs, jitter }: DelayRule, history: PollHistory, draw: number): number {
  const { polls, failures, retryAfterMs = 0 } = history;
  const planned = delaysMs[Math.min(polls, delaysMs.length - 1)] ?? 0;
  const backoffMs = failures === 0 ? 0 : Math.min(longestBackoffMs, 1_000 * 2 ** Math.min(failures - 1, 30));
  const jittered = Math.max(planned, backoffMs) * (1 + jitter * (2 * draw - 1));
  return Math.max(jittered, Math.min(retryAfterMs, longestWishMs));
}
