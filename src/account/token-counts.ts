/** Tokens per call, over the calls whose count is known. */
export interface TokenSummary {
  /** Calls whose count is known. */
  readonly count: number;
  /** Of all calls, and of batches, which are in nothing else here. */
  readonly sum: number;
  /** Per call. Undefined while no count is known. */
  readonly mean: number | undefined;
  /** Standard deviation over these calls (the population's, not a sample's). Undefined while no count is known. */
  readonly deviation: number | undefined;
}

/**
 * Sum, mean and deviation in constant memory. By Welford's method, since a sum of squares loses the deviation of
 * large and similar counts.
 */
export class TokenCounts {
  #count = 0;
  #sum = 0;
  #batchSum = 0;
  #mean = 0;
  #squaredDistances = 0;

  /** A count that is not known is not counted. `isBatch`: these are the tokens of many requests together. */
  add(tokens: number | undefined, isBatch = false): void {
    if (tokens === undefined) return;
    if (isBatch) {
      this.#batchSum += tokens;
      return;
    }
    this.#count += 1;
    this.#sum += tokens;
    const distance = tokens - this.#mean;
    this.#mean += distance / this.#count;
    this.#squaredDistances += distance * (tokens - this.#mean);
  }

  summary(): TokenSummary {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      sum: this.#sum + this.#batchSum,
      mean: isEmpty ? undefined : this.#sum / this.#count,
      deviation: isEmpty ? undefined : Math.sqrt(this.#squaredDistances / this.#count),
    };
  }
}
