import type { Clock } from '../clock.ts';

/** What the `x-ratelimit-*` headers say of one limit. */
export interface BucketState {
  readonly limit: number;
  readonly remaining: number;
  /** Until it is full again. */
  readonly resetMs: number;
}

/** The mock's two limits. They are reported, not enforced: no request is refused for them. */
export interface Bucket {
  /** Counts one request and its tokens, and says what is left. */
  take(tokens: number): { readonly requests: BucketState; readonly tokens: BucketState };
}

/** Per minute, of OpenAI's upper tiers: far above what one machine can ask for. */
export const REQUESTS_PER_MINUTE = 30_000;
const TOKENS_PER_MINUTE = 150_000_000;
const MINUTE_MS = 60_000;

export function createBucket(clock: Clock): Bucket {
  const requests = refilling(clock, REQUESTS_PER_MINUTE);
  const tokens = refilling(clock, TOKENS_PER_MINUTE);
  return { take: (count) => ({ requests: requests(1), tokens: tokens(count) }) };
}

/** A bucket that holds `limit`, refills evenly within a minute and never falls below 0. */
function refilling(clock: Clock, limit: number): (amount: number) => BucketState {
  let level = limit;
  let atMs = clock.nowMs();
  return function take(amount) {
    const nowMs = clock.nowMs();
    const refilled = Math.min(limit, level + ((nowMs - atMs) * limit) / MINUTE_MS);
    level = Math.max(0, refilled - amount);
    atMs = nowMs;
    return { limit, remaining: Math.floor(level), resetMs: ((limit - level) * MINUTE_MS) / limit };
  };
}
