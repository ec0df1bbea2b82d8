/**
 * What the load test's models cost, in nano-dollars (1e-9 USD) a token, so that sums are whole numbers. It is the load
 * test's own table, written from the same public price list as the product's but sharing nothing with it.
 * Source: openai.com/api/pricing, read on 2026-11-23.
 */
interface TokenPrice {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const prices: Readonly<Record<string, TokenPrice>> = {
  'gpt-5-mini': { input: 250, cached: 25, output: 2_000 },
  'gpt-5-nano': { input: 50, cached: 5, output: 400 },
  'gpt-4.1-mini': { input: 400, cached: 100, output: 1_600 },
  'gpt-4o-mini': { input: 150, cached: 75, output: 600 },
  'text-embedding-3-small': { input: 20, cached: 20, output: 0 },
};

export interface BilledTokens {
  /** Cached ones included. */
  readonly input: number;
  readonly cached: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** In nano-dollars; undefined for a model that the table does not have. */
export function priceOf(model: string, tokens: BilledTokens): number | undefined {
  const price = prices[model];
  if (!price) return undefined;
  return (
    (tokens.input - tokens.cached) * price.input + tokens.cached * price.cached + tokens.output * price.output
  );
}

/** A sum of dollars that was added up in binary fractions, as the whole nano-dollars it stands for. */
export function nanoUsd(usd: number): number {
  return Math.round(usd * 1e9);
}
