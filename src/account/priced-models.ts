import { priceTable } from './price-table.ts';
import type { ModelPrice } from './prices.ts';

/** The prices that this version of Telltale knows. */
export interface PricedModels {
  /** The UTC day on which they were read, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Where they come from. */
  readonly source: string;
  /** By name, USD per million tokens (or per minute of audio). A dated snapshot is listed only where its price is another. */
  readonly models: Readonly<Record<string, ModelPrice>>;
}

/**
 * The price table, as a copy: public documentation on one day, not what a contract says. Give `prices` where yours differ.
 *
 * @example
 * ```ts
 * const { asOf, models } = pricedModels();
 * console.log(`As of ${asOf}: ${Object.keys(models).join(', ')}`);
 * ```
 */
export function pricedModels(): PricedModels {
  return structuredClone(priceTable);
}
