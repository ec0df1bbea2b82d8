/** Nine tenths of a threshold, at which an alert ends, is five edges below it. */
const edgesToClear = 5;
const ratio = 0.9 ** (1 / edgesToClear);
/** From a hundredth of the threshold up to a hundred times. */
const reach = Math.ceil(Math.log(100) / -Math.log(ratio));

/**
 * Places for durations, 2 % apart, and such that the threshold and nine tenths of it are edges: a percentile of what was
 * counted in them is above either exactly where the percentile of the durations is.
 */
export class DurationBuckets {
  readonly count = 2 * reach + 1;
  readonly #edges: Float64Array;

  constructor(thresholdMs: number) {
    this.#edges = Float64Array.from({ length: this.count }, (_, bucket) => {
      const step = bucket - reach;
      if (step === 0) return thresholdMs;
      return step === -edgesToClear ? thresholdMs * 0.9 : thresholdMs * ratio ** -step;
    });
  }

  /** The one whose upper edge is the first that is not below the duration. What is longer than all is in the last. */
  bucketOf(durationMs: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edges[middle] ?? 0) < durationMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  upperEdgeMs(bucket: number): number {
    return this.#edges[bucket] ?? 0;
  }
}
