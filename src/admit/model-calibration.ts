/** How much of the past a new answer leaves: the last 20 answers or so decide. */
const keeps = 0.95;
const leastRatio = 0.25;
const mostRatio = 4;

/** Output tokens are sorted into buckets whose ends grow by a quarter of a power of two: exact to 19 %. */
const bucketsPerDoubling = 4;
const buckets = 24 * bucketsPerDoubling;
const quantile = 0.95;
/** The last 100 answers or so decide the quantile. */
const growth = 1 / 0.99;
const largestWeight = 1e12;

/** What the answers of one model have told so far. */
export class ModelCalibration {
  #promptTokens = 0;
  #estimated = 0;
  readonly #outputs = new Float64Array(buckets);
  #weight = 1;

  /**
   * Real prompt tokens over estimated ones, of late; large prompts weigh more. From 0.25 to 4, whatever a provider says.
   * 1 before anything is known.
   */
  get ratio(): number {
    if (this.#estimated === 0) return 1;
    return Math.min(Math.max(this.#promptTokens / this.#estimated, leastRatio), mostRatio);
  }

  addPrompt(promptTokens: number, estimated: number): void {
    if (!(estimated > 0)) return;
    // One answer that is far out must not take long to forget.
    const told = Math.min(Math.max(promptTokens, estimated * leastRatio), estimated * mostRatio);
    this.#promptTokens = this.#promptTokens * keeps + told;
    this.#estimated = this.#estimated * keeps + estimated;
  }

  addOutput(tokens: number): void {
    const bucket = Math.min(Math.ceil(Math.log2(Math.max(tokens, 1)) * bucketsPerDoubling), buckets - 1);
    this.#outputs[bucket] = (this.#outputs[bucket] ?? 0) + this.#weight;
    this.#weight *= growth;
    if (this.#weight < largestWeight) return;
    for (let at = 0; at < buckets; at++) this.#outputs[at] = (this.#outputs[at] ?? 0) / this.#weight;
    this.#weight = 1;
  }

  /** Of 100 answers of late 95 were no longer, to 19 % more. Undefined before anything is known. */
  get usualOutput(): number | undefined {
    const sum = this.#outputs.reduce((all, weight) => all + weight, 0);
    if (sum === 0) return undefined;
    let below = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      below += this.#outputs[bucket] ?? 0;
      if (below >= sum * quantile) return Math.ceil(2 ** (bucket / bucketsPerDoubling));
    }
    return Math.ceil(2 ** ((buckets - 1) / bucketsPerDoubling));
  }
}
