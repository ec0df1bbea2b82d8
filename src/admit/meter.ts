import type { CheckedLimit, LimitMode } from './limit.ts';
import type { MeterLine } from './priority.ts';
import { TokenBucket } from './token-bucket.ts';
import { guardMsOf, WindowRing } from './window-ring.ts';

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
  /** Who waits for it; undefined where nobody ever has. */
  line: MeterLine | undefined;
  readonly #window: WindowRing | undefined;
  readonly #bucket: TokenBucket | undefined;
  readonly #second: WindowRing | undefined;
  #quota: number;
  #foreign = 0;
  #instances = 1;
  /** What was set last, before it was divided. */
  #wholeQuota: number;

  constructor(limit: CheckedLimit, mode: LimitMode, nowMs: number, owner = '') {
    this.limit = limit;
    this.owner = owner;
    this.ofRequests = limit.unit === 'requests';
    this.#quota = limit.quota;
    this.#wholeQuota = limit.quota;
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
    this.#wholeQuota = Math.min(quota, this.limit.quota);
    const most = Math.max(Math.floor(this.limit.quota / this.#instances), 1);
    this.#quota = Math.min(quota, most);
    this.#bucket?.resize(this.capacity, this.#perMs, nowMs);
  }

  /** Holds one of so many equal shares of the limit, of at least 1; with 1, all of it again. */
  divide(instances: number, nowMs: number): void {
    this.#instances = instances;
    this.setQuota(this.#wholeQuota, nowMs);
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

  /** When a call will go after calls of `before` have, if nothing else does. For projections: it may be too early. */
  goneAtMs(before: number, amount: number, nowMs: number): number {
    const quota = this.#quota;
    let atMs = this.#window?.roomAtMs(before + Math.min(amount, quota), quota, nowMs) ?? nowMs;
    if (this.#bucket) atMs = Math.max(atMs, this.#bucket.roomAtMs(before, amount, nowMs));
    if (this.#second) {
      const share = this.#share;
      atMs = Math.max(atMs, this.#second.roomAtMs(Math.min(amount, share), share, nowMs));
      // One call may have more tokens than a second's share, so of tokens nothing can be said from their sum.
      if (this.ofRequests) atMs = Math.max(atMs, nowMs + ((before + amount) / share - 1) * secondMs);
    }
    return atMs;
  }

  take(amount: number, nowMs: number): void {
    this.#window?.add(amount, nowMs);
    this.#bucket?.take(amount, nowMs);
    this.#second?.add(amount, nowMs);
  }

  /**
   * The provider has counted so much that was not taken here. It leaves as the provider lets it go, evenly until
   * `fullInMs` from now, and not a window after it was seen: when it was taken is not known.
   */
  takeForeign(amount: number, fullInMs: number, nowMs: number): void {
    this.#foreign += amount;
    if (this.#window) this.#window.addLeaving(amount, fullInMs, nowMs);
    // In front of a window a bucket only paces our own calls.
    else this.#bucket?.take(amount, nowMs);
  }

  /** All that `takeForeign` took since the beginning. */
  get foreign(): number {
    return this.#foreign;
  }

  /** How much could go at once under a quota, were it not for the rest. */
  headroom(quota: number, nowMs: number): number {
    return this.#window ? quota - this.#window.used(nowMs) : (this.#bucket?.level(nowMs) ?? 0);
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

  /** Nothing is lost where it is made anew. */
  isUntouched(nowMs: number): boolean {
    return this.used(nowMs) <= 0 && (this.#bucket?.level(nowMs) ?? 0) >= (this.#bucket ? this.capacity : 0);
  }

  /**
   * What its bucket holds, where it has one: less what refills in the time by which requests may come nearer to each other
   * on their way.
   */
  get capacity(): number {
    const { windowMs, burst } = this.limit;
    const capacity = this.#quota * (1 - guardMsOf(windowMs) / windowMs);
    return Math.max(Math.min(burst ?? capacity, capacity), 1);
  }

  /** What a window holds is held for longer, so pacing is as much slower: the steady rate never meets the window's edge. */
  get #perMs(): number {
    return this.#quota / (this.#window?.heldMs ?? this.limit.windowMs);
  }

  get #share(): number {
    return Math.max((this.#quota * secondMs) / this.limit.windowMs, 1);
  }
}
