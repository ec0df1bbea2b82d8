import type { DigitGroup } from './digit-groups.ts';
import { edge } from './edge.ts';

/** What stands before a number that may be a telephone's. */
export interface PhoneContext {
  /** `+`, `(`, both, or nothing. */
  readonly sign: string;
  /** It does not begin in the middle of a longer number, a date or an identifier. */
  readonly free: boolean;
  /** A word before it says that it is one. */
  readonly announced: boolean;
}

const announcing = new RegExp(
  `${edge}(?:(?:cell|mobile|tele)?phone|tel|telefon[oe]?|téléphone|teléfono|(?:tele)?fax|mobile?|cell|handy|whatsapp` +
    '|sms|rufnummer|móvil|movil)(?:[ _-]?(?:number|nummer|num|no|nr))?' +
    '[^\\p{L}\\d\\n\\]]{0,6}(?:(?:is|at|on)[^\\p{L}\\d\\n\\]]{1,4})?(?=\\d)',
  'giu',
);

/** Where the digits begin of each number before which a word says that it is a telephone's. */
export function announcedNumbers(text: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { index, 0: words } of text.matchAll(announcing)) places.add(index + words.length);
  return places;
}

const separators = /^(?:[ \u00a0\u2009\u202f./-]|[ .-]?\(|\)[ .-]?|\) \(| - )$/;
const mostDigits = 15;
const fewestDigits = 7;

/**
 * How many of the groups, from the first, are a telephone number; 0 if they are none. Taken for one are numbers with
 * `+` or `00` and a country, national ones with a leading 0, North American ones, and whatever a word such as "tel."
 * announces.
 */
export function phoneGroups(
  groups: readonly DigitGroup[],
  context: PhoneContext,
  endsAt: (end: number) => boolean,
): number {
  if (isDate(groups) || isInternetAddress(groups)) return 0;
  let connected = 1;
  while (connected < groups.length && separators.test(groups[connected]?.separator ?? '')) connected++;
  for (let count = connected; count > 0; count--) {
    const parts = groups.slice(0, count);
    const digits = parts.map((part) => part.digits).join('');
    if (digits.length < fewestDigits) return 0;
    if (isPhone(parts, digits, context) && endsAt(parts.at(-1)?.end ?? 0)) return count;
  }
  return 0;
}

function isPhone(
  parts: readonly DigitGroup[],
  digits: string,
  { sign, free, announced }: PhoneContext,
): boolean {
  const { length } = digits;
  if (sign.startsWith('+')) return /^[1-9]/.test(digits) && length >= 8 && length <= mostDigits;
  if (!free) return false;
  if (/^00[1-9]/.test(digits)) return length >= 10 && length <= mostDigits + 2;
  if (length > mostDigits) return false;
  if (announced) return true;
  if (/^0[1-9]/.test(parts[0]?.digits ?? ''))
    return parts.length > 1 || sign === '(' ? length >= 9 && length <= 12 : length === 10 || length === 11;
  return isNorthAmerican(parts);
}

/** `415-555-2671`, `(415) 555-2671`, `1 415 555 2671`, `4155552671`. */
function isNorthAmerican(parts: readonly DigitGroup[]): boolean {
  const [country, ...rest] = parts;
  const national = country?.digits === '1' && rest.length > 0 ? rest : parts;
  const shape = national.map((part) => part.digits.length).join(',');
  const digits = national.map((part) => part.digits).join('');
  // Spaces also stand between numbers that have nothing to do with each other.
  if (shape === '3,3,4')
    return (
      national[1]?.separator.trim() !== '' || national[2]?.separator.trim() !== '' || /^[2-9]/.test(digits)
    );
  if (shape === '3,7') return national[1]?.separator.startsWith(')') === true;
  return /^(?:10|11)$/.test(shape) && /^1?[2-9]\d\d[2-9]\d{6}$/.test(digits);
}

/** `01.02.2023`, `08/15/2023`. */
function isDate(groups: readonly DigitGroup[]): boolean {
  const [first, second, third] = groups;
  return (
    first?.digits.length === 2 &&
    second?.digits.length === 2 &&
    third?.digits.length === 4 &&
    second.separator === third.separator &&
    /^[./-]$/.test(second.separator) &&
    /^(?:19|20)/.test(third.digits)
  );
}

/** `192.168.100.200`. */
function isInternetAddress(groups: readonly DigitGroup[]): boolean {
  const parts = groups.slice(0, 4);
  return (
    parts.length === 4 &&
    parts.every(({ digits, separator }, index) => Number(digits) <= 255 && (index === 0 || separator === '.'))
  );
}
