import { priceTable } from './price-table.ts';

/**
 * What tokens cost, in US dollars per million tokens. Every price is from 0 to 10,000, with at most six decimals.
 * Audio and images have no default: where a call has such tokens and no price for them is given, its cost is unknown.
 */
export interface TokenPrice {
  /** USD per 1,000,000 input tokens. */
  readonly inputUsd: number;
  /** USD per 1,000,000 input tokens read from the prompt cache. @default inputUsd */
  readonly cachedInputUsd?: number;
  /** USD per 1,000,000 input tokens written into the prompt cache, for its ordinary lifetime. @default inputUsd */
  readonly cacheWriteInputUsd?: number;
  /** USD per 1,000,000 input tokens of audio. @default unknown */
  readonly audioInputUsd?: number;
  /** USD per 1,000,000 input tokens of images. @default unknown */
  readonly imageInputUsd?: number;
  /** USD per 1,000,000 output tokens, reasoning included. 0 for embeddings. */
  readonly outputUsd: number;
  /** USD per 1,000,000 output tokens of audio. @default unknown */
  readonly audioOutputUsd?: number;
  /** USD per 1,000,000 output tokens of images. @default unknown */
  readonly imageOutputUsd?: number;
}

/** The price of one service tier. Nothing is taken over from another tier. */
export interface TierPrice extends TokenPrice {
  /**
   * The price of the whole request when its input is longer than `overTokens`, for models that have one.
   * @default the same price for every length; in `tiers`, unknown beyond the model's own `overTokens`
   */
  readonly longPrompt?: TokenPrice & {
    /** Input tokens, cached ones included, up to which the ordinary price holds. A positive integer. */
    readonly overTokens: number;
  };
}

/** The price of a model that is billed by tokens. Fees for tools are no part of it. */
export interface TokenModelPrice extends TierPrice {
  /**
   * Prices of calls that the provider says it served in another tier than its standard one (`fast` is `priority`), and of
   * what is asked in batches (`batch`; where it is not named that is `flex`, which OpenAI prices at the rates of batches).
   * The cost of a tier that is not named is unknown.
   * @default the table's models: unknown; a price of your own without `tiers` holds in every tier
   */
  readonly tiers?: { readonly [T in ServiceTier]?: TierPrice };
  readonly audioMinuteUsd?: never;
}

/** The price of a model that is billed by the length of the audio it hears, such as whisper-1. */
export interface AudioMinutePrice {
  /** USD per minute of audio, charged by the second. From 0 to 10,000, with at most six decimals. */
  readonly audioMinuteUsd: number;
}

/**
 * What a model costs, by tokens or by time.
 *
 * @example
 * ```ts
 * observe(client, {
 *   prices: {
 *     'my-deployment': { inputUsd: 0.5, cachedInputUsd: 0.05, outputUsd: 4, tiers: { flex: { inputUsd: 0.25, outputUsd: 2 } } },
 *     'my-whisper': { audioMinuteUsd: 0.006 },
 *   },
 * });
 * ```
 */
export type ModelPrice = TokenModelPrice | AudioMinutePrice;

/** Tiers that can have prices of their own. */
export const serviceTiers = ['flex', 'priority', 'ultrafast', 'scale', 'batch'] as const;
export type ServiceTier = (typeof serviceTiers)[number];

/** The price that holds for one call: a model's, in the tier that served it. */
export type CallPrice =
  | AudioMinutePrice
  | (TierPrice & {
      /** Input tokens up to which the price holds. Beyond them it is unknown. */
      readonly upToTokens?: number;
      readonly audioMinuteUsd?: never;
    });

type Prices = Readonly<Record<string, ModelPrice>>;

/** `gpt-5-2025-08-07` is a snapshot of `gpt-5`. */
const snapshot = /^(.+)-\d{4}-\d{2}-\d{2}$/;

/**
 * The price of a model: by its exact name in `overrides`, then in the table; a dated snapshot in neither has the
 * price of its family. No other name is guessed, so a fine-tune or a model newer than the table has no price.
 *
 * A call that the provider served in a tier other than the standard one has the price of that tier or none. Only a
 * price in `overrides` that names no tiers holds in all of them.
 */
export function findPrice(model: string, overrides?: Prices, serviceTier?: string): CallPrice | undefined {
  const family = snapshot.exec(model)?.[1];
  return (
    overridden(overrides, model, serviceTier) ??
    listed(model, serviceTier) ??
    (family === undefined
      ? undefined
      : (overridden(overrides, family, serviceTier) ?? listed(family, serviceTier)))
  )?.price;
}

/** A price that was found, whether or not it is known for the tier: it ends the search either way. */
interface Found {
  readonly price: CallPrice | undefined;
}

function overridden(
  overrides: Prices | undefined,
  model: string,
  tier: string | undefined,
): Found | undefined {
  const price = own(overrides, model);
  if (!price) return undefined;
  const holdsInAll = price.audioMinuteUsd !== undefined || price.tiers === undefined;
  return { price: holdsInAll ? price : inTier(price, tier) };
}

function listed(model: string, tier: string | undefined): Found | undefined {
  const price = own(priceTable.models, model);
  return price && { price: inTier(price, tier) };
}

function own(prices: Prices | undefined, model: string): ModelPrice | undefined {
  return prices !== undefined && Object.hasOwn(prices, model) ? prices[model] : undefined;
}

function inTier(price: ModelPrice, tier: string | undefined): CallPrice | undefined {
  if (tier === undefined || tier === 'default' || tier === 'auto') return price;
  if (price.audioMinuteUsd !== undefined) return undefined;
  const name = serviceTiers.find((known) => known === (tier === 'fast' ? 'priority' : tier));
  // https://developers.openai.com/api/docs/guides/flex-processing, read on 2026-11-28: flex is "priced at Batch API rates".
  const ofTier =
    name === undefined
      ? undefined
      : (price.tiers?.[name] ?? (name === 'batch' ? price.tiers?.flex : undefined));
  if (!ofTier || !price.longPrompt || ofTier.longPrompt) return ofTier;
  return { ...ofTier, upToTokens: price.longPrompt.overTokens };
}
