/**
 * A bucket that refills all the time. It may be drawn below zero: by one request larger than the bucket, which goes when
 * the bucket is full, and by what turns out to be missing later; either delays those who come after.
 */
export class TokenBucket {
  #capacity: number;
  #perMs: number;
  #level: number;
  #atMs: number;

  constructor(capacity: number, perMs: number, nowMs: number) {
    this.#capacity = capacity;
    this.#perMs = perMs;
    this.#level = capacity;
    this.#atMs = nowMs;
  }

  take(amount: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level -= amount;
  }

  /**
   * Gives back what was taken at `takenMs` and not used. A bucket that would have been full without it has refilled
   * meanwhile, so as much as refills in that time stays lost; giving back all would let out more than the bucket holds.
   */
  giveBack(amount: number, takenMs: number, nowMs: number): void {
    this.#refill(nowMs);
    const lost = this.#perMs * Math.max(nowMs - takenMs, 0);
    this.#level = Math.min(this.#capacity, this.#level + Math.max(amount - lost, 0));
  }

  /** When there will be room for `amount` once `before` has been taken now, and nothing else until then. */
  roomAtMs(before: number, amount: number, nowMs: number): number {
    this.#refill(nowMs);
    const missing = Math.min(amount, this.#capacity) + before - this.#level;
    // It refills from where it stands: a clock that went back has to come there first.
    return missing <= 0 ? nowMs : this.#atMs + missing / this.#perMs;
  }

  level(nowMs: number): number {
    this.#refill(nowMs);
    return this.#level;
  }

  /** From now on it is of another size and refills at another rate. */
  resize(capacity: number, perMs: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#capacity = capacity;
    this.#perMs = perMs;
    this.#level = Math.min(this.#level, capacity);
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    this.#level = Math.min(this.#capacity, this.#level + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}
