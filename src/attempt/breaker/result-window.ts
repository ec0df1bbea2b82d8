import { RollingSums } from '../../rolling-sums.ts';

/** As many parts as Hystrix and opossum divide their windows into: at most a tenth of the window counts too short. */
const partCount = 10;

const good = 0;
const ill = 1;
const illInRow = 2;

/** What ended in the last window. */
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
  readonly #sums: RollingSums;

  constructor(windowMs: number) {
    this.#sums = new RollingSums(windowMs, 3, partCount);
  }

  add(result: 'good' | 'ill', nowMs: number): void {
    if (result === 'good') {
      this.#sums.add(good, 1, nowMs);
      this.#sums.clear(illInRow);
      return;
    }
    this.#sums.add(ill, 1, nowMs);
    this.#sums.add(illInRow, 1, nowMs);
  }

  figures(nowMs: number): WindowFigures {
    const sums = this.#sums.at(nowMs);
    return { good: sums[good] ?? 0, ill: sums[ill] ?? 0, illInRow: sums[illInRow] ?? 0 };
  }
}
