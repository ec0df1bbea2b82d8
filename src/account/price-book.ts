import { type CallPrice, findPrice, type ModelPrice } from './prices.ts';

/** Past this many models the memory starts anew: models are user input in some applications. */
const mostModels = 200;

interface Remembered {
  readonly asked: string | undefined;
  readonly serviceTier: string | undefined;
  readonly price: CallPrice | undefined;
}

/** Finds the price of a call, and remembers what it found: the same few models come again and again. */
export class PriceBook {
  readonly #overrides: Readonly<Record<string, ModelPrice>> | undefined;
  /** By the model that answered, or else that was asked for: the last call of it. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(overrides: Readonly<Record<string, ModelPrice>> | undefined) {
    this.#overrides = overrides;
  }

  /**
   * The user's own price for what was asked (an Azure deployment, say) goes before the table's for what answered.
   * Undefined where there is none.
   */
  priceOf(
    asked: string | undefined,
    answered: string | undefined,
    serviceTier: string | undefined,
  ): CallPrice | undefined {
    const model = answered ?? asked;
    if (model === undefined) return undefined;
    const before = this.#remembered.get(model);
    if (before && before.asked === asked && before.serviceTier === serviceTier) return before.price;
    const overrides = this.#overrides;
    const name = asked !== undefined && overrides && Object.hasOwn(overrides, asked) ? asked : model;
    const price = findPrice(name, overrides, serviceTier);
    if (this.#remembered.size >= mostModels) this.#remembered.clear();
    this.#remembered.set(model, { asked, serviceTier, price });
    return price;
  }
}
