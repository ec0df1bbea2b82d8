/** Parts of a window: 1 s of a minute. More parts waste less of the quota and cost memory. */
const usualParts = 60;
/** A quarter of an hour of a day. */
const partsOfLongWindows = 96;
const longWindowMs = 12 * 3_600_000;

/**
 * Two requests may come nearer to each other on their way by this much, or by a tenth of a short window: the first to go
 * waits for a connection, three round trips with TLS, of 100 ms each across an ocean, and those after it do not.
 */
const usualGuardMs = 300;

/**
 * By how much a limit is held longer than its window, because requests do not arrive in the rhythm in which they went:
 * at least a part of the window.
 */
export function guardMsOf(windowMs: number): number {
  return Math.max(widthMsOf(windowMs), Math.min(usualGuardMs, windowMs / 10));
}

/** Width of a part of such a window. */
export function widthMsOf(windowMs: number): number {
  return windowMs / (windowMs >= longWindowMs ? partsOfLongWindows : usualParts);
}

/**
 * What was used in the last window, in parts of a fixed width.
 *
 * Invariant: a window of `windowMs` touches at most one more of them than it has, so as long as the sum of these and of
 * those that guard it never exceeds the quota, no window does, wherever it begins. The price is that a window with its
 * guard and one part hold no more than the quota: of a minute, 60 of 62 s are used.
 *
 * What is given back or found to be missing later goes to the part in which it was taken. Giving it back where one is now
 * would break the invariant, since a window that begins in between has never held it.
 */
export class WindowRing {
  /** Of a part. */
  readonly widthMs: number;
  /** The longest that anything is held: window, guard and one part. */
  readonly heldMs: number;
  readonly #parts: Float64Array;
  /** Number of the newest part since the clock's zero. */
  #newest = 0;
  /** Its place among the parts, and when it begins and ends: kept, because nearly every call meets no other part. */
  #place = 0;
  #beginsMs = 0;
  #endsMs: number;
  #sum = 0;

  constructor(windowMs: number) {
    this.widthMs = widthMsOf(windowMs);
    this.#endsMs = this.widthMs;
    this.#parts = new Float64Array(Math.ceil((windowMs + guardMsOf(windowMs)) / this.widthMs - 1e-9) + 1);
    this.heldMs = this.#parts.length * this.widthMs;
  }

  /** Used in the last window and just before it. */
  used(nowMs: number): number {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    return this.#sum;
  }

  add(amount: number, nowMs: number): void {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    this.#change(this.#place, amount);
  }

  /** Adds an amount that leaves evenly within `leavesInMs`, in whole numbers, as if it had been taken little by little. */
  addLeaving(amount: number, leavesInMs: number, nowMs: number): void {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    const { length } = this.#parts;
    const shares = Math.min(Math.max(Math.ceil(leavesInMs / this.widthMs), 1), length);
    const oldest = this.#newest - length + 1;
    let added = 0;
    for (let share = 0; share < shares; share++) {
      const upTo = Math.floor((amount * (share + 1)) / shares);
      this.#change(this.#placeOf(oldest + share), upTo - added);
      added = upTo;
    }
  }

  /** Changes what was taken at `takenMs`. Nothing, where that is out of every window by now. */
  adjust(difference: number, takenMs: number, nowMs: number): void {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    if (takenMs >= this.#beginsMs) {
      this.#change(this.#place, difference);
      return;
    }
    const part = this.#partOf(takenMs);
    if (part > this.#newest - this.#parts.length) this.#change(this.#placeOf(part), difference);
  }

  /** When there will be room for `amount` more under `quota`, if nothing else is taken until then. */
  roomAtMs(amount: number, quota: number, nowMs: number): number {
    if (nowMs >= this.#endsMs) this.#advance(nowMs);
    const over = this.#sum + amount - quota;
    return over <= 0 ? nowMs : this.#leavesMs(over, amount, quota, nowMs);
  }

  #leavesMs(over: number, amount: number, quota: number, nowMs: number): number {
    const { length } = this.#parts;
    // More than the quota itself takes as many turns as it holds quotas.
    const turns = amount > quota ? Math.ceil(amount / quota) - 1 : 0;
    let missing = over - turns * quota;
    let part = this.#newest - length + 1;
    while (part < this.#newest && missing > this.#at(part)) {
      missing -= this.#at(part);
      part++;
    }
    // Turns are counted from the beginning of a part: what goes now leaves with the part.
    const leaves = missing > 0 ? part + length : this.#newest;
    return Math.max((leaves + turns * length) * this.widthMs, nowMs);
  }

  #at(part: number): number {
    return this.#parts[this.#placeOf(part)] ?? 0;
  }

  #change(place: number, difference: number): void {
    this.#parts[place] = (this.#parts[place] ?? 0) + difference;
    this.#sum += difference;
  }

  /** A clock's zero is arbitrary: a window may begin before it. */
  #placeOf(part: number): number {
    const place = part % this.#parts.length;
    return place < 0 ? place + this.#parts.length : place;
  }

  /** The part that begins at or before `ms`, where a part begins at its number times the width, however that rounds. */
  #partOf(ms: number): number {
    const part = Math.floor(ms / this.widthMs);
    if ((part + 1) * this.widthMs <= ms) return part + 1;
    return part * this.widthMs > ms ? part - 1 : part;
  }

  /** Called where the newest part is over. A clock that goes back never comes here, so that gives nothing back. */
  #advance(nowMs: number): void {
    const newest = this.#partOf(nowMs);
    const { length } = this.#parts;
    if (newest - this.#newest >= length) {
      this.#parts.fill(0);
      this.#sum = 0;
    } else {
      for (let part = this.#newest + 1; part <= newest; part++) {
        this.#sum -= this.#at(part);
        this.#parts[part % length] = 0;
      }
    }
    this.#newest = newest;
    this.#place = newest % length;
    this.#beginsMs = newest * this.widthMs;
    this.#endsMs = (newest + 1) * this.widthMs;
  }
}
