/** As many parts as Hystrix and opossum divide their windows into: at most a tenth of the window counts too short. */
const partCount = 10;

/** What ended in the last window, counted in parts of it. */
export interface WindowFigures {
  readonly good: number;
  readonly ill: number;
  /** Ill ones since the last good one. */
  readonly illInRow: number;
}

/**
 * Invariant: nothing that ended `windowMs` ago or earlier is counted, however long nobody looked.
 */
export class ResultWindow {
  readonly #widthMs: number;
  readonly #good = new Float64Array(partCount);
  readonly #ill = new Float64Array(partCount);
  readonly #illInRow = new Float64Array(partCount);
  /** Number of the newest part since the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#widthMs = windowMs / partCount;
  }

  add(result: 'good' | 'ill', nowMs: number): void {
    const place = this.#advance(nowMs);
    if (result === 'good') {
      increment(this.#good, place);
      this.#illInRow.fill(0);
      return;
    }
    increment(this.#ill, place);
    increment(this.#illInRow, place);
  }

  figures(nowMs: number): WindowFigures {
    this.#advance(nowMs);
    return { good: sum(this.#good), ill: sum(this.#ill), illInRow: sum(this.#illInRow) };
  }

  /** Empties the parts that have left the window, and gives the place of the one that is now. */
  #advance(nowMs: number): number {
    const now = Math.floor(nowMs / this.#widthMs);
    // A clock that goes back adds to the newest part.
    if (now > this.#newest) {
      const emptied = Math.min(now - this.#newest, partCount);
      for (let part = now - emptied + 1; part <= now; part++) {
        const place = placeOf(part);
        this.#good[place] = 0;
        this.#ill[place] = 0;
        this.#illInRow[place] = 0;
      }
      this.#newest = now;
    }
    return placeOf(this.#newest);
  }
}

/** A clock's zero is arbitrary: a part may have a negative number. */
function placeOf(part: number): number {
  const place = part % partCount;
  return place < 0 ? place + partCount : place;
}

function increment(parts: Float64Array, place: number): void {
  parts[place] = (parts[place] ?? 0) + 1;
}

function sum(parts: Float64Array): number {
  let total = 0;
  for (const part of parts) total += part;
  return total;
}
