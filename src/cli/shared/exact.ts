import { usdOfPico } from '../../account/budget/exact-usd.ts';

/** An amount in whole pico-dollars, which add up without loss. */
export function picoOf(usd: number): bigint {
  return BigInt(Math.round(usd * 1e12));
}

/** The nearest number. */
export function usdOf(pico: bigint): number {
  return usdOfPico(pico);
}

export function minusUsd(usd: number, less: number): number {
  return usdOf(picoOf(usd) - picoOf(less));
}
