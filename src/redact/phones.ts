import type { DigitGroup } from './digit-groups.ts';

/** What stands before a number that may be a telephone's. */
export interface PhoneContext {
  /** `+` stands right before it. */
  readonly plus: boolean;
  /** A `(` stands right before it. */
  readonly bracket: boolean;
  /** It does not begin in the middle of a longer number, a date or an identifier. */
  readonly free: boolean;
  /** The last characters before it. */
  readonly before: string;
}

/** A word that says what kind of number follows. */
const announced =
  /(?:phone|tel|telefon|telephon|fax|mobile|mobil|cell|handy|whatsapp|sms|rufnummer|tél|téléphone|teléfono|telefono|móvil|movil)[^\d\n]{0,12}$/i;
const separators = /^(?:[ \u00a0\u2009\u202f./-]|[ .-]?\(|\)[ .-]?|\) \(| - )$/;
const mostDigits = 15;

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
  if (isDate(groups)) return 0;
  const told = announced.test(context.before);
  for (let count = groups.length; count > 0; count--) {
    const parts = groups.slice(0, count);
    const last = parts.at(-1);
    const digits = parts.map((part) => part.digits).join('');
    if (digits.length > mostDigits + 2 || !last || !endsAt(last.end)) continue;
    if (!parts.every((part, index) => index === 0 || separators.test(part.separator))) continue;
    if (isPhone(parts, digits, context, told)) return count;
  }
  return 0;
}

function isPhone(
  parts: readonly DigitGroup[],
  digits: string,
  { plus, bracket, free }: PhoneContext,
  told: boolean,
): boolean {
  const { length } = digits;
  if (plus) return /^[1-9]/.test(digits) && length >= 8 && length <= mostDigits;
  if (!free) return false;
  if (/^00[1-9]/.test(digits)) return length >= 10;
  if (length > mostDigits) return false;
  if (told && length >= 7) return true;
  if (/^0[1-9]/.test(parts[0]?.digits ?? ''))
    return parts.length > 1 || bracket ? length >= 9 && length <= 12 : length === 10 || length === 11;
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
