/**
 * Sums over a window that really expires: a ring of equal parts, and what is older than the window is never in a sum, be
 * there calls or not. The newest part is not over yet, so a sum reaches back less than the window by at most one part.
 */
export class RollingSums {
  readonly partMs: number;
  readonly #fields: number;
  readonly #count: number;
  readonly #parts: Float64Array;
  readonly #sums: Float64Array;
  #newest = Number.NEGATIVE_INFINITY;

  /**
   * @param fields how many sums are kept; whole numbers in them are exact up to 2^53
   * @param parts of the window
   */
  constructor(windowMs: number, fields: number, parts: number) {
    this.partMs = windowMs / parts;
    this.#fields = fields;
    this.#count = parts;
    this.#parts = new Float64Array(parts * fields);
    this.#sums = new Float64Array(fields);
  }

  /** A clock that goes back adds to the newest part. */
  add(field: number, amount: number, nowMs: number): void {
    this.#advance(nowMs);
    const place = this.#place(this.#newest) + field;
    this.#parts[place] = (this.#parts[place] ?? 0) + amount;
    this.#sums[field] = (this.#sums[field] ?? 0) + amount;
  }

  /** Forgets all of one sum. */
  clear(field: number): void {
    for (let place = field; place < this.#parts.length; place += this.#fields) this.#parts[place] = 0;
    this.#sums[field] = 0;
  }

  /** All sums as of now, by field. To be read at once: it changes with the next call. */
  at(nowMs: number): Readonly<Float64Array> {
    this.#advance(nowMs);
    return this.#sums;
  }

  /** A clock's zero is arbitrary: a part may have a negative number. */
  #place(part: number): number {
    const place = part % this.#count;
    return (place < 0 ? place + this.#count : place) * this.#fields;
  }

  #advance(nowMs: number): void {
    const newest = Math.floor(nowMs / this.partMs);
    if (newest <= this.#newest) return;
    if (newest - this.#newest >= this.#count) {
      this.#parts.fill(0);
      this.#sums.fill(0);
    } else {
      for (let part = this.#newest + 1; part <= newest; part++) this.#expire(this.#place(part));
    }
    this.#newest = newest;
  }

  #expire(from: number): void {
    for (let field = 0; field < this.#fields; field++) {
      const amount = this.#parts[from + field] ?? 0;
      if (amount === 0) continue;
      this.#sums[field] = (this.#sums[field] ?? 0) - amount;
      this.#parts[from + field] = 0;
    }
  }
}
