import { UsageError } from '../../../loadtest/usage-error.ts';

/** @throws UsageError */
export function wholeNumber(name: string, text: string, most = 1_000_000_000): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`Expected \`${name}\` to be a whole number from 1 to ${most}, got \`${text}\`.`);
}
