/**
 * Budgets count in whole pico-dollars (1e-12 USD) as prices do, because one token may cost less than a nano-dollar:
 * so no cost is ever rounded. They are `bigint`, since a safe integer ends at 9,007 USD of them.
 */
const picoPerUsd = 1_000_000_000_000n;

/** What the shortest decimal form of the number says, down to a pico-dollar. For finite numbers from 1e-6 up to 1e12. */
export function picoOfUsd(usd: number): bigint {
  const [whole = '0', fraction = ''] = String(usd).split('.');
  return BigInt(whole) * picoPerUsd + BigInt(fraction.padEnd(12, '0').slice(0, 12));
}

/** The nearest number; exact sums are kept as they are, and this is how they are shown. */
export function usdOfPico(pico: bigint): number {
  return Number(decimal(pico));
}

/** `$1.20`, `$0.000131`: all digits that are not 0, and at least two. */
export function formatUsd(pico: bigint): string {
  const [whole = '0', fraction = ''] = decimal(pico).split('.');
  const digits = fraction.replace(/0+$/, '').padEnd(2, '0');
  const text = `$${whole.replace('-', '').replace(/\B(?=(?:\d{3})+$)/g, ',')}.${digits}`;
  return pico < 0n ? `-${text}` : text;
}

/** `share` of an amount, rounded up, so that a threshold is reached no sooner than it says. */
export function shareOfPico(pico: bigint, share: number): bigint {
  const scale = 1_000_000n;
  const product = pico * BigInt(Math.round(share * Number(scale)));
  return (product + scale - 1n) / scale;
}

function decimal(pico: bigint): string {
  const sign = pico < 0n ? '-' : '';
  const size = pico < 0n ? -pico : pico;
  return `${sign}${size / picoPerUsd}.${String(size % picoPerUsd).padStart(12, '0')}`;
}
