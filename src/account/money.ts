/** Money is counted in whole pico-dollars (1e-12 USD), so that adding it up loses nothing. */
const picoUsdPerUsd = 1e12;

export function picoUsdToUsd(picoUsd: number): number {
  return picoUsd / picoUsdPerUsd;
}

/** The inverse of `picoUsdToUsd`; exact below 2,000 USD. */
export function usdToPicoUsd(usd: number): number {
  return Math.round(usd * picoUsdPerUsd);
}

/**
 * An exact sum of pico-dollars. 9,007 USD of them fill a safe integer, so whole dollars are counted apart and
 * `#picoUsd` stays below one dollar.
 */
export class MoneySum {
  #wholeUsd = 0;
  #picoUsd = 0;

  add(picoUsd: number): void {
    const total = this.#picoUsd + picoUsd;
    const whole = Math.floor(total / picoUsdPerUsd);
    this.#wholeUsd += whole;
    this.#picoUsd = total - whole * picoUsdPerUsd;
  }

  get usd(): number {
    return this.#wholeUsd + picoUsdToUsd(this.#picoUsd);
  }
}
