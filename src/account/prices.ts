/** What a model's tokens cost, in US dollars per million tokens. */
export interface ModelPrice {
  /** USD per 1,000,000 input tokens. */
  readonly inputUsd: number;
  /** USD per 1,000,000 input tokens read from the prompt cache. Default: `inputUsd`. */
  readonly cachedInputUsd?: number;
  /** USD per 1,000,000 output tokens, reasoning included. 0 for embeddings. */
  readonly outputUsd: number;
}
