import type { Usage, UsageSource } from '../call.ts';
import { checkBoolean, checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { checkPrices } from './check-prices.ts';
import { costUsdOf } from './cost.ts';
import { type CallPrice, findPrice, type ModelPrice } from './prices.ts';

const counts = [
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteInputTokens',
  'audioInputTokens',
  'imageInputTokens',
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageOutputTokens',
] as const satisfies readonly (keyof Usage)[];
const sources: readonly UsageSource[] = ['provider', 'estimated', 'unknown'];

/** By what a request is charged beside its tokens. */
export interface PriceChoice {
  /** A name of the price table or of `prices`, or a dated snapshot of one of these. */
  readonly model: string;
  /** Whether it is asked in a batch. @default false */
  readonly batch?: boolean;
  /** The tier that serves it, as `service_tier` names it: `flex`, `priority`, … Not beside `batch`. @default the standard one */
  readonly serviceTier?: string;
  /** Prices of your own, which go before the table, as in `observe`. @default {} */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
}

/** Usage whose cost is asked for. */
export interface CostQuestion extends PriceChoice {
  /**
   * What was used, as `call.usage` says it. Counts of your own need no `source`: then what they do not name was not written
   * into the prompt cache, as in an estimate.
   */
  readonly usage: Omit<Usage, 'source'> & { readonly source?: UsageSource };
}

/**
 * What a request cost that used these tokens, in USD: what `telltale(client).stats()` counts for it, to the pico-dollar.
 * Undefined, never 0, where it is not known: a model or a tier without a price, or a count that the price needs and
 * that is absent. Of a sum over many requests it is right only where the model has no price for long prompts, or none was long.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * costOf({ model: 'gpt-5-mini', usage: { inputTokens: 12_000, outputTokens: 800 } }); // 0.0046
 * costOf({ model: 'gpt-5-mini', usage: { inputTokens: 12_000, outputTokens: 800 }, batch: true }); // 0.0023
 * ```
 */
export function costOf(question: CostQuestion): number | undefined {
  const given = checkObject('question', question, ['usage', 'model', 'batch', 'serviceTier', 'prices']);
  return costUsdOf(checkUsage(given['usage']), priceFor(given).price);
}

/** A model's price as it was asked for. */
export interface PriceFound {
  readonly model: string;
  readonly price: CallPrice | undefined;
  /** Whether the model has a price in any tier. */
  readonly isKnown: boolean;
  readonly prices: Readonly<Record<string, ModelPrice>>;
  readonly tier: string | undefined;
}

/** @throws TelltaleError `invalid_option` */
export function priceFor(given: Readonly<Record<string, unknown>>): PriceFound {
  const model = checkString('question.model', given['model']);
  const { batch = false, serviceTier } = given;
  const prices = given['prices'] === undefined ? {} : checkPrices('question.prices', given['prices']);
  if (serviceTier !== undefined) checkString('question.serviceTier', serviceTier);
  if (checkBoolean('question.batch', batch) && serviceTier !== undefined)
    throw invalidOption('question.serviceTier', 'absent beside `batch`', serviceTier);
  const tier = batch === true ? 'batch' : (serviceTier as string | undefined);
  const price = findPrice(model, prices, tier);
  return { model, price, isKnown: findPrice(model, prices) !== undefined, prices, tier };
}

/** @throws TelltaleError `invalid_option` */
function checkUsage(value: unknown): Usage {
  const given = checkObject('question.usage', value, ['source', 'audioSeconds', ...counts]);
  const { source = 'estimated', audioSeconds } = given;
  for (const name of counts)
    if (given[name] !== undefined)
      checkNumber(`question.usage.${name}`, given[name], {
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        integer: true,
      });
  if (audioSeconds !== undefined) checkNumber('question.usage.audioSeconds', audioSeconds, { min: 0 });
  return {
    ...(given as Omit<Usage, 'source'>),
    source: checkOneOf('question.usage.source', source, sources),
  };
}
