/** Parts of a window: 1 s of a minute. More parts waste less of the quota and cost memory. */
const usualParts = 60;
/** A quarter of an hour of a day. */
const partsOfLongWindows = 96;
const longWindowMs = 12 * 3_600_000;

/**
 * What was used in the last window, in parts of a fixed width.
 *
 * Invariant: a window of `windowMs` touches at most `parts + 1` of them, so as long as their sum never exceeds the
 * quota, no window does, wherever it begins. The price is that a window and one part more hold no more than the quota.
 *
 * What is given back or found to be missing later goes to the part in which it was taken. Giving it back where one is now
 * would break the invariant, since a window that begins in between has never held it.
 */
export class WindowRing {
  readonly #widthMs: number;
  readonly #parts: Float64Array;
  /** Number of the newest part since the clock's zero. */
  #newest = 0;
  #sum = 0;

  constructor(windowMs: number) {
    const parts = windowMs >= longWindowMs ? partsOfLongWindows : usualParts;
    this.#widthMs = windowMs / parts;
    this.#parts = new Float64Array(parts + 1);
  }

  /** Used in the last window and in the part before it. */
  used(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  add(amount: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#parts[this.#newest % this.#parts.length] = (this.#at(this.#newest) ?? 0) + amount;
    this.#sum += amount;
  }

  /** Changes what was taken at `takenMs`. Nothing, where that is out of every window by now. */
  adjust(difference: number, takenMs: number, nowMs: number): void {
    this.#advance(nowMs);
    const part = Math.min(this.#partOf(takenMs), this.#newest);
    if (part <= this.#newest - this.#parts.length) return;
    this.#parts[part % this.#parts.length] = (this.#at(part) ?? 0) + difference;
    this.#sum += difference;
  }

  /** When there will be room for `amount` more under `quota`, if nothing else is taken until then. */
  roomAtMs(amount: number, quota: number, nowMs: number): number {
    this.#advance(nowMs);
    const over = this.#sum + amount - quota;
    if (over <= 0) return nowMs;
    const { length } = this.#parts;
    // More than the quota itself takes as many turns as it holds quotas.
    const turns = amount > quota ? Math.ceil(amount / quota) - 1 : 0;
    let missing = over - turns * quota;
    let part = this.#newest - length + 1;
    while (part < this.#newest && missing > (this.#at(part) ?? 0)) {
      missing -= this.#at(part) ?? 0;
      part++;
    }
    // Turns are counted from the beginning of a part: what goes now leaves with the part.
    const leaves = missing > 0 ? part + length : this.#newest;
    return Math.max((leaves + turns * length) * this.#widthMs, nowMs);
  }

  #at(part: number): number | undefined {
    return this.#parts[part % this.#parts.length];
  }

  /** The part that begins at or before `ms`, where a part begins at its number times the width, however that rounds. */
  #partOf(ms: number): number {
    const part = Math.floor(ms / this.#widthMs);
    if ((part + 1) * this.#widthMs <= ms) return part + 1;
    return part * this.#widthMs > ms ? part - 1 : part;
  }

  #advance(nowMs: number): void {
    const newest = this.#partOf(nowMs);
    // A clock that goes back gives nothing back.
    if (newest <= this.#newest) return;
    const { length } = this.#parts;
    if (newest - this.#newest >= length) {
      this.#parts.fill(0);
      this.#sum = 0;
    } else {
      for (let part = this.#newest + 1; part <= newest; part++) {
        this.#sum -= this.#at(part) ?? 0;
        this.#parts[part % length] = 0;
      }
    }
    this.#newest = newest;
  }

  /** How much longer than a window the parts reach. */
  get widthMs(): number {
    return this.#widthMs;
  }
}
