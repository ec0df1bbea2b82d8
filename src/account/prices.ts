import type { Usage } from '../call.ts';
import { checkNumber, checkObject, invalidOption } from '../check.ts';
import { picoUsdToUsd } from './money.ts';
import { priceTable } from './price-table.ts';

/** What tokens cost, in US dollars per million tokens. At most six decimals, from 0 to 10,000. */
export interface TokenPrice {
  /** USD per 1,000,000 input tokens. */
  readonly inputUsd: number;
  /** USD per 1,000,000 input tokens read from the prompt cache. @default inputUsd */
  readonly cachedInputUsd?: number;
  /** USD per 1,000,000 output tokens, reasoning included. 0 for embeddings. */
  readonly outputUsd: number;
}

/** What a model's tokens cost, in US dollars per million tokens. Fees for tools and audio are no part of it. */
export interface ModelPrice extends TokenPrice {
  /** The price of the whole request when its input is longer than `overTokens`, for models that have one. */
  readonly longPrompt?: TokenPrice & {
    /** Input tokens, cached ones included, up to which the ordinary price holds. */
    readonly overTokens: number;
  };
}

type Prices = Readonly<Record<string, ModelPrice>>;

/** `gpt-5-2025-08-07` is a snapshot of `gpt-5`. */
const snapshot = /^(.+)-\d{4}-\d{2}-\d{2}$/;

/**
 * The price of a model: by its exact name in `overrides`, then in the table; a dated snapshot in neither has the
 * price of its family. No other name is guessed, so a fine-tune or a model newer than the table has no price.
 *
 * The table holds the prices of the standard tier. A call that the provider served in another one (`flex`,
 * `priority`, …) has a price only when `overrides` gives one, which holds whatever the tier.
 */
export function findPrice(model: string, overrides?: Prices, serviceTier?: string): ModelPrice | undefined {
  const table = isStandardTier(serviceTier) ? priceTable.models : {};
  const family = snapshot.exec(model)?.[1];
  return (
    own(overrides, model) ??
    own(table, model) ??
    (family === undefined ? undefined : (own(overrides, family) ?? own(table, family)))
  );
}

function isStandardTier(serviceTier: string | undefined): boolean {
  return serviceTier === undefined || serviceTier === 'default' || serviceTier === 'auto';
}

function own(prices: Prices | undefined, model: string): ModelPrice | undefined {
  return prices !== undefined && Object.hasOwn(prices, model) ? prices[model] : undefined;
}

/**
 * What the tokens of a call cost, in USD. Undefined when the price or a token count that it needs is unknown.
 * Equal tokens at an equal price cost exactly the same.
 */
export function costOf(usage: Usage, price: ModelPrice | undefined): number | undefined {
  const picoUsd = costPicoUsd(usage, price);
  return picoUsd === undefined ? undefined : picoUsdToUsd(picoUsd);
}

/**
 * The same in whole pico-dollars (1e-12 USD). A price has at most six decimals per million tokens, so one token costs
 * a whole number of them and the result is exact as long as it is a safe integer: up to 9,007 USD a call.
 */
export function costPicoUsd(usage: Usage, price: ModelPrice | undefined): number | undefined {
  if (price === undefined || usage.source === 'unknown') return undefined;
  const { inputTokens, outputTokens } = usage;
  const { longPrompt } = price;
  const rate = longPrompt && (inputTokens ?? 0) > longPrompt.overTokens ? longPrompt : price;
  // Embeddings have no output, so a count is needed only where it costs something.
  if (inputTokens === undefined && rate.inputUsd > 0) return undefined;
  if (outputTokens === undefined && rate.outputUsd > 0) return undefined;
  const input = inputTokens ?? 0;
  const cached = Math.min(usage.cachedInputTokens ?? 0, input);
  return (
    (input - cached) * picoUsdPerToken(rate.inputUsd) +
    cached * picoUsdPerToken(rate.cachedInputUsd ?? rate.inputUsd) +
    (outputTokens ?? 0) * picoUsdPerToken(rate.outputUsd)
  );
}

/** 1 USD per million tokens is 1e-6 USD, or 1e6 pico-dollars, per token. */
function picoUsdPerToken(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e6);
}

const maxUsdPerMillion = 10_000;

/**
 * Checks the user's own prices and returns a copy of them.
 *
 * @throws TelltaleError `invalid_option` that names the model and the field.
 */
export function checkPrices(path: string, value: unknown): Prices {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(path, 'an object of prices by model', value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([model, price]) => [
      model,
      checkPrice(`${path}[${JSON.stringify(model)}]`, price),
    ]),
  );
}

function checkPrice(path: string, value: unknown): ModelPrice {
  const fields = checkObject(path, value, ['inputUsd', 'cachedInputUsd', 'outputUsd', 'longPrompt']);
  const price = checkTokenPrice(path, fields);
  if (fields['longPrompt'] === undefined) return price;
  const longPath = `${path}.longPrompt`;
  const known = ['overTokens', 'inputUsd', 'cachedInputUsd', 'outputUsd'];
  const long = checkObject(longPath, fields['longPrompt'], known);
  const overTokens = checkNumber(`${longPath}.overTokens`, long['overTokens'], { min: 1, integer: true });
  return { ...price, longPrompt: { overTokens, ...checkTokenPrice(longPath, long) } };
}

function checkTokenPrice(path: string, fields: Record<string, unknown>): TokenPrice {
  const cached = fields['cachedInputUsd'];
  return {
    inputUsd: checkUsd(`${path}.inputUsd`, fields['inputUsd']),
    ...(cached !== undefined && { cachedInputUsd: checkUsd(`${path}.cachedInputUsd`, cached) }),
    outputUsd: checkUsd(`${path}.outputUsd`, fields['outputUsd']),
  };
}

/** Six decimals keep sums exact, and catch a price per token where one per million is meant. */
function checkUsd(path: string, value: unknown): number {
  const usd = checkNumber(path, value, { min: 0, max: maxUsdPerMillion });
  if (Math.round(usd * 1e6) / 1e6 === usd) return usd;
  throw invalidOption(path, 'USD per million tokens with at most 6 decimals', value);
}
