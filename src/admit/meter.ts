import type { CheckedLimit, LimitMode } from './limit.ts';
import { TokenBucket } from './token-bucket.ts';
import { WindowRing } from './window-ring.ts';

const secondMs = 1_000;
/** Windows up to this long are held by the second too, in the mode `smooth`. */
const longestSmoothMs = 3_600_000;

/** What one limit, for one project or user where it is theirs, has taken. */
export class Meter {
  readonly limit: CheckedLimit;
  /** The project or user whose it is; empty where it is the organisation's. */
  readonly owner: string;
  /** Calls are counted, or tokens. */
  readonly ofRequests: boolean;
  readonly #window: WindowRing | undefined;
  readonly #bucket: TokenBucket | undefined;
  readonly #second: WindowRing | undefined;
  #quota: number;
  #instances = 1;

  constructor(limit: CheckedLimit, mode: LimitMode, nowMs: number, owner = '') {
    this.limit = limit;
    this.owner = owner;
    this.ofRequests = limit.unit === 'requests';
    this.#quota = limit.quota;
    this.#window = mode === 'mirror' ? undefined : new WindowRing(limit.windowMs);
    this.#bucket =
      mode === 'mirror' || limit.burst !== undefined
        ? new TokenBucket(this.capacity, this.#perMs, nowMs)
        : undefined;
    const { windowMs } = limit;
    if (mode === 'smooth' && windowMs > secondMs && windowMs <= longestSmoothMs)
      this.#second = new WindowRing(secondMs);
  }

  /** How much of it a call of so many tokens takes. */
  amountOf(tokens: number): number {
    return this.ofRequests ? 1 : tokens;
  }

  /** What a window holds at this time: the limit's own quota, or less where the provider said so. */
  get quota(): number {
    return this.#quota;
  }

  /** Holds less than the limit from now on, or as much again; never more than the limit. */
  setQuota(quota: number, nowMs: number): void {
    const most = Math.max(Math.floor(this.limit.quota / this.#instances), 1);
    this.#quota = Math.min(quota, most);
    this.#bucket?.resize(this.capacity, this.#perMs, nowMs);
  }

  /** Holds one of so many equal shares of the limit, of at least 1; with 1, all of it again. */
  divide(instances: number, nowMs: number): void {
    this.#instances = instances;
    this.setQuota(this.limit.quota, nowMs);
  }

  /**
   * When there will be room for `amount` once `before` has been taken now, and nothing else until then. What is larger
   * than the quota that is left by the provider goes when nothing else is there.
   */
  roomAtMs(before: number, amount: number, nowMs: number): number {
    let atMs = nowMs;
    const quota = this.#quota;
    if (this.#window) atMs = this.#window.roomAtMs(before + (amount < quota ? amount : quota), quota, nowMs);
    if (this.#bucket) atMs = Math.max(atMs, this.#bucket.roomAtMs(before, amount, nowMs));
    if (this.#second) {
      const share = this.#share;
      atMs = Math.max(atMs, this.#second.roomAtMs(before + Math.min(amount, share), share, nowMs));
    }
    return atMs;
  }

  /** When all of `amount` will have gone, if nothing else does. For projections: it may be a little too early. */
  goneAtMs(amount: number, nowMs: number): number {
    let atMs = this.#window?.roomAtMs(amount, this.#quota, nowMs) ?? nowMs;
    if (this.#bucket) atMs = Math.max(atMs, this.#bucket.goneAtMs(amount, nowMs));
    if (this.#second) atMs = Math.max(atMs, nowMs + (amount / this.#share - 1) * secondMs);
    return atMs;
  }

  take(amount: number, nowMs: number): void {
    this.#window?.add(amount, nowMs);
    this.#bucket?.take(amount, nowMs);
    this.#second?.add(amount, nowMs);
  }

  /** The call took so much more, or less, than what was taken for it at `takenMs`. */
  settle(difference: number, takenMs: number, nowMs: number): void {
    this.#window?.adjust(difference, takenMs, nowMs);
    this.#second?.adjust(difference, takenMs, nowMs);
    if (difference > 0) this.#bucket?.take(difference, nowMs);
    // In front of a window a bucket only paces; alone it is the provider's, which gives nothing back.
    else if (this.#window) this.#bucket?.giveBack(-difference, takenMs, nowMs);
  }

  /** Nothing was sent after all. */
  release(amount: number, takenMs: number, nowMs: number): void {
    this.#window?.adjust(-amount, takenMs, nowMs);
    this.#second?.adjust(-amount, takenMs, nowMs);
    this.#bucket?.giveBack(amount, takenMs, nowMs);
  }

  /** Counted as taken at this time. */
  used(nowMs: number): number {
    return this.#window?.used(nowMs) ?? this.capacity - (this.#bucket?.level(nowMs) ?? 0);
  }

  /** What its bucket holds, where it has one. */
  get capacity(): number {
    return Math.min(this.limit.burst ?? this.#quota, this.#quota);
  }

  /** A window and one part more hold a quota, so pacing is as much slower: the steady rate never meets the window's edge. */
  get #perMs(): number {
    return this.#quota / (this.limit.windowMs + (this.#window?.widthMs ?? 0));
  }

  get #share(): number {
    return Math.max((this.#quota * secondMs) / this.limit.windowMs, 1);
  }
}
