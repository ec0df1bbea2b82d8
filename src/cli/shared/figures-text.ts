const decimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A name as the audit has it: `_none` and `_other` are nobody's. */
export function nameText(name: string): string {
  if (name === '_none') return '(none)';
  return name === '_other' ? '(others)' : name;
}

/** `12,345`. */
export function countText(count: number): string {
  return decimals.format(count);
}

/** `12.3 %`. */
export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `$0.000131`, `$0.0123`, `$12.30`, `$12,345.00`; `unknown` where it is not known. Three digits that say something, or cents. */
export function usdText(usd: number | undefined): string {
  if (usd === undefined) return 'unknown';
  const size = Math.abs(usd);
  const sign = usd < 0 ? '-' : '';
  if (size === 0) return '$0';
  if (size >= 1) return `${sign}$${centsOf(size)}`;
  const digits = Math.min(12, 2 - Math.floor(Math.log10(size)));
  const text = size.toFixed(digits);
  // 0.9999 is a dollar.
  return Number(text) >= 1 ? `${sign}$1.00` : `${sign}$${trimmed(text)}`;
}

const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function centsOf(usd: number): string {
  return cents.format(usd);
}

/** Zeros at the end say nothing, but for cents. */
function trimmed(text: string): string {
  const [whole = '0', fraction = ''] = text.split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** JSON in which what is not known is `null`, as a field that a program can look for. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (field === undefined ? null : field));
}
