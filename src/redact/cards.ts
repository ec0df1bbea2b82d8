import type { DigitGroup } from './digit-groups.ts';

/** How card numbers are printed: digits in each part. */
const printed = /^(?:\d{13,19}|4,4,4,4(?:,[1-3])?|4,6,[45]|4,4,5|6,1[0-3]|8,8)$/;

/**
 * How many of the groups, from the first, are a payment card's number: one that networks give out, written in one or
 * as it is printed, with the right check digit. 0 if they are none.
 */
export function cardGroups(groups: readonly DigitGroup[], endsAt: (end: number) => boolean): number {
  const first = groups[0]?.digits ?? '';
  if (first.length < 4 || !'23456'.includes(first.charAt(0))) return 0;
  for (let count = Math.min(groups.length, 5); count > 0; count--) {
    const parts = groups.slice(0, count);
    const digits = parts.map((part) => part.digits).join('');
    const last = parts.at(-1);
    if (digits.length < 13 || !last || !endsAt(last.end)) continue;
    if (isPrinted(parts) && isIssued(digits) && hasCheckDigit(digits)) return count;
  }
  return 0;
}

function isPrinted(parts: readonly DigitGroup[]): boolean {
  const [, second, ...others] = parts;
  if (!second) return /^\d{13,19}$/.test(parts[0]?.digits ?? '');
  if (!/^(?:[ \u00a0\u2009\u202f]{1,2}|[-.])$/.test(second.separator)) return false;
  return (
    others.every((part) => part.separator === second.separator) &&
    printed.test(parts.map((part) => part.digits.length).join(','))
  );
}

/** Mastercard's second range; travel and banking; and, at 6, Discover, UnionPay, Maestro and RuPay. */
function isIssued(digits: string): boolean {
  const four = Number(digits.slice(0, 4));
  return (four >= 2221 && four <= 2720) || /^(?:3[04-9]|[456])/.test(digits);
}

/** The check of Luhn. */
export function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const weighed = at % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
