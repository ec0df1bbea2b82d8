import type { LimitMode } from '../limit.ts';
import type { QuotaGroup } from '../quota-group.ts';
import { leaseTtlMs } from './meter-shape.ts';
import type { LeaseOptions } from './options.ts';

/** A lease is for as many calls as came in this time. */
const measuredMs = 100;

interface Lease {
  count: number;
  tokens: number;
  /** The store's time at which it was taken. */
  readonly stampMs: number;
  /** Not spent from this time on, on this machine's clock. */
  readonly untilMs: number;
}

/** Calls of two spans of time: the one that runs and the one before. */
interface Demand {
  sinceMs: number;
  calls: number;
  tokens: number;
  callsBefore: number;
  tokensBefore: number;
}

/** What was reserved ahead, and how much more of it is worth having. */
export class Leases {
  readonly #options: Required<LeaseOptions> | false;
  readonly #mode: LimitMode;
  readonly #giveBack: (group: QuotaGroup, count: number, tokens: number, stampMs: number) => void;
  readonly #leases = new Map<QuotaGroup, Lease>();
  readonly #demands = new WeakMap<QuotaGroup, Demand>();

  constructor(
    options: Required<LeaseOptions> | false,
    mode: LimitMode,
    giveBack: (group: QuotaGroup, count: number, tokens: number, stampMs: number) => void,
  ) {
    this.#options = options;
    this.#mode = mode;
    this.#giveBack = giveBack;
  }

  /** A call came, whatever becomes of it. */
  came(group: QuotaGroup, tokens: number, nowMs: number): void {
    if (!this.#options) return;
    const demand = this.#demandOf(group, nowMs);
    demand.calls++;
    demand.tokens += tokens;
  }

  /** Takes a call from a lease; gives the time at which the store took it, or undefined where there is none for it. */
  spend(group: QuotaGroup, tokens: number, nowMs: number): number | undefined {
    const lease = this.#leases.get(group);
    if (!lease || nowMs >= lease.untilMs || lease.count < 1 || lease.tokens < tokens) return undefined;
    lease.count--;
    lease.tokens -= tokens;
    return lease.stampMs;
  }

  /** What to ask for, for a group of which a call just had to ask. */
  wish(group: QuotaGroup, nowMs: number): { readonly count: number; readonly tokens: number } | undefined {
    const options = this.#options;
    const ttlMs = leaseTtlMs(group.meters, this.#mode, options);
    if (!options || ttlMs === 0) return undefined;
    const { sinceMs, calls, tokens, callsBefore, tokensBefore } = this.#demandOf(group, nowMs);
    const weight = 1 - Math.min((nowMs - sinceMs) / measuredMs, 1);
    const measured = calls + callsBefore * weight;
    // The call that asks is one of them.
    if (measured < 2) return undefined;
    const each = (tokens + tokensBefore * weight) / measured;
    let count = Math.min(options.maxCalls, Math.floor(measured));
    let countsTokens = false;
    for (const meter of group.meters) {
      const most = options.maxShare * meter.quota;
      if (!meter.ofRequests) countsTokens = true;
      count = Math.min(count, Math.floor(meter.ofRequests || each === 0 ? most : most / each));
    }
    if (meterless(group) || count < 1) return undefined;
    return { count, tokens: countsTokens ? Math.ceil(count * each) : 0 };
  }

  grant(group: QuotaGroup, count: number, tokens: number, stampMs: number, sentMs: number): void {
    this.#return(group);
    if (count < 1) return;
    const countsTokens = group.meters.some(({ ofRequests }) => !ofRequests);
    // The store counts from when it was asked, which was not before it was sent.
    const untilMs = sentMs + leaseTtlMs(group.meters, this.#mode, this.#options);
    this.#leases.set(group, {
      count,
      tokens: countsTokens ? tokens : Number.POSITIVE_INFINITY,
      stampMs,
      untilMs,
    });
  }

  /** Gives back what is over. Gives the time at which the next is; undefined where there is none. */
  expire(nowMs: number): number | undefined {
    let nextMs: number | undefined;
    for (const [group, { untilMs, count }] of this.#leases) {
      if (nowMs >= untilMs || count < 1) this.#return(group);
      else nextMs = Math.min(nextMs ?? untilMs, untilMs);
    }
    return nextMs;
  }

  /** Gives back everything. */
  clear(): void {
    for (const group of [...this.#leases.keys()]) this.#return(group);
  }

  #return(group: QuotaGroup): void {
    const lease = this.#leases.get(group);
    if (!lease) return;
    this.#leases.delete(group);
    const tokens = Number.isFinite(lease.tokens) ? lease.tokens : 0;
    if (lease.count > 0 || tokens > 0) this.#giveBack(group, lease.count, tokens, lease.stampMs);
  }

  #demandOf(group: QuotaGroup, nowMs: number): Demand {
    let demand = this.#demands.get(group);
    if (!demand) {
      demand = { sinceMs: nowMs, calls: 0, tokens: 0, callsBefore: 0, tokensBefore: 0 };
      this.#demands.set(group, demand);
    }
    const passedMs = nowMs - demand.sinceMs;
    if (passedMs < measuredMs) return demand;
    const isNext = passedMs < 2 * measuredMs;
    demand.callsBefore = isNext ? demand.calls : 0;
    demand.tokensBefore = isNext ? demand.tokens : 0;
    demand.calls = 0;
    demand.tokens = 0;
    demand.sinceMs = isNext ? demand.sinceMs + measuredMs : nowMs;
    return demand;
  }
}

function meterless({ meters }: QuotaGroup): boolean {
  return meters.length === 0;
}
