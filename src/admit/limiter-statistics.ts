import type { Priority } from '../call.ts';
import { type DurationSummary, Durations } from '../durations.ts';
import { priorities } from './priority.ts';

/** Why a call was not let in. */
export type RefusalReason =
  | 'queue_full'
  | 'wait_too_long'
  | 'deadline_exceeded'
  | 'oversize'
  | 'aborted'
  | 'limiter_closed'
  | 'store_unavailable';

/** One limit at this moment. */
export interface LimitFigures {
  /** As `tokens/minute`. */
  readonly limit: string;
  readonly unit: 'requests' | 'tokens';
  readonly windowMs: number;
  /** What a window holds: as configured, or less where the provider said so. */
  readonly quota: number;
  /** Counted in the last window. Of a limit per project or user, that of the fullest. */
  readonly used: number;
  /** `used` over `quota`. */
  readonly utilisation: number;
  /**
   * Counted by the provider beyond what was counted here, since the limiter was made, in the limit's own unit: by other
   * consumers of the same key, or because it does not give back what a call reserved and did not use.
   */
  readonly foreign: number;
}

/** How a limiter gets on with its shared store. */
export interface StoreFigures {
  /** `down` while it does not answer, or answers what cannot be understood. */
  readonly state: 'up' | 'down';
  readonly roundTrips: number;
  /** Calls that went by a lease, without a round trip. */
  readonly admittedByLease: number;
  readonly failures: {
    /** No answer in time. */
    readonly timeout: number;
    /** An error, or no connection. */
    readonly error: number;
    /** An answer that is none of the script's. */
    readonly nonsense: number;
  };
  /** How long it was down, altogether. */
  readonly fallbackMs: number;
  /** Processes that share it, as last known. */
  readonly liveInstances: number;
}

/** What a limiter has done since it was made. */
export interface LimiterFigures {
  readonly admitted: number;
  /** Calls that wait now. */
  readonly waiting: Readonly<Record<Priority, number>>;
  /** How long the one that waits longest has waited by now; 0 where none waits. */
  readonly longestWaitMs: number;
  /** Permits that are out: neither settled nor released. */
  readonly inFlight: number;
  /** Calls let in within the last 24 hours, to a quarter of an hour. */
  readonly requestsLast24h: number;
  /** Their tokens, as settled, or as reserved where that is not known yet. */
  readonly tokensLast24h: number;
  /** How long those waited that were let in; most wait 0. */
  readonly waitMs: Readonly<Record<Priority, DurationSummary>>;
  readonly refusals: Readonly<Record<RefusalReason, number>>;
  /** Of the settled calls: how far the tokens reserved were from those used. */
  readonly estimate: {
    readonly settled: number;
    readonly reservedTokens: number;
    readonly usedTokens: number;
    /** Calls that used more than was reserved for them. */
    readonly under: number;
    /** Mean of the distance between reserved and used over the used. Undefined while nothing is settled. */
    readonly meanError: number | undefined;
  };
  readonly limits: readonly LimitFigures[];
}

const partMs = 15 * 60_000;
const parts = 96;

/** A sum over the last 24 hours, in parts. What changes later changes where it was counted. */
class LastDay {
  readonly #parts = new Float64Array(parts);
  #newest = 0;
  /** The newest part's place, and when it begins and ends: nearly every call meets no other. */
  #place = 0;
  #beginsMs = 0;
  #endsMs = partMs;

  add(amount: number, atMs: number, nowMs: number): void {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    if (atMs >= this.#beginsMs) {
      if (atMs < this.#endsMs) this.#change(this.#place, amount);
      return;
    }
    const part = Math.floor(atMs / partMs);
    if (part > this.#newest - parts) this.#change(part % parts, amount);
  }

  sum(nowMs: number): number {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    return this.#parts.reduce((sum, part) => sum + part, 0);
  }

  #change(place: number, amount: number): void {
    this.#parts[place] = (this.#parts[place] ?? 0) + amount;
  }

  #advance(nowMs: number): void {
    const newest = Math.floor(nowMs / partMs);
    if (newest - this.#newest >= parts) this.#parts.fill(0);
    else for (let part = this.#newest + 1; part <= newest; part++) this.#parts[part % parts] = 0;
    this.#newest = newest;
    this.#place = newest % parts;
    this.#beginsMs = newest * partMs;
    this.#endsMs = (newest + 1) * partMs;
  }
}

/** Adds up what a limiter does, in memory that does not grow. */
export class LimiterStatistics {
  readonly #waits = [new Durations(2), new Durations(2), new Durations(2)] as const;
  /** Calls that did not wait, which are most: counted without a histogram. */
  readonly #unheld: [number, number, number] = [0, 0, 0];
  readonly #requests = new LastDay();
  readonly #tokens = new LastDay();
  readonly #refusals: Record<RefusalReason, number> = {
    queue_full: 0,
    wait_too_long: 0,
    deadline_exceeded: 0,
    oversize: 0,
    aborted: 0,
    limiter_closed: 0,
    store_unavailable: 0,
  };
  #admitted = 0;
  #settled = 0;
  #reservedTokens = 0;
  #usedTokens = 0;
  #under = 0;
  #relativeErrors = 0;

  admitted(priority: number, tokens: number, waitMs: number, nowMs: number): void {
    this.#admitted++;
    if (waitMs > 0) this.#waits[priority as 0]?.add(waitMs);
    else this.#unheld[priority as 0]++;
    this.#requests.add(1, nowMs, nowMs);
    this.#tokens.add(tokens, nowMs, nowMs);
  }

  refused(reason: RefusalReason): void {
    this.#refusals[reason]++;
  }

  settled(reserved: number, used: number, takenMs: number, nowMs: number): void {
    this.#settled++;
    this.#reservedTokens += reserved;
    this.#usedTokens += used;
    if (used > reserved) this.#under++;
    this.#relativeErrors += Math.abs(reserved - used) / Math.max(used, 1);
    this.#tokens.add(used - reserved, takenMs, nowMs);
  }

  released(reserved: number, takenMs: number, nowMs: number): void {
    this.#admitted--;
    this.#requests.add(-1, takenMs, nowMs);
    this.#tokens.add(-reserved, takenMs, nowMs);
  }

  summary(nowMs: number): Omit<LimiterFigures, 'waiting' | 'longestWaitMs' | 'inFlight' | 'limits'> {
    return {
      admitted: this.#admitted,
      requestsLast24h: this.#requests.sum(nowMs),
      tokensLast24h: this.#tokens.sum(nowMs),
      waitMs: byPriority((priority) => withZeros(this.#waits[priority as 0], this.#unheld[priority as 0])),
      refusals: { ...this.#refusals },
      estimate: {
        settled: this.#settled,
        reservedTokens: this.#reservedTokens,
        usedTokens: this.#usedTokens,
        under: this.#under,
        meanError: this.#settled === 0 ? undefined : this.#relativeErrors / this.#settled,
      },
    };
  }
}

export function byPriority<T>(of: (priority: number) => T): Record<Priority, T> {
  const [high, medium, low] = priorities.map((_name, priority) => of(priority)) as [T, T, T];
  return { high, medium, low };
}

/** The summary of durations beside which so many of 0 were counted. */
function withZeros(durations: Durations, zeros: number): DurationSummary {
  const waited = durations.summary();
  if (zeros === 0) return waited;
  const count = waited.count + zeros;
  const percentile = (percent: number): number => {
    const rank = Math.ceil((percent / 100) * count) - zeros;
    return rank <= 0 ? 0 : (durations.percentile((rank / waited.count) * 100) ?? 0);
  };
  return {
    count,
    mean: ((waited.mean ?? 0) * waited.count) / count,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    max: waited.max ?? 0,
  };
}
