/** As `$0.264` and `$0.0046`, with as many digits as a small amount needs. */
export function money(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(usd >= 0.1 ? 3 : usd >= 0.01 ? 4 : 6)}`;
}
