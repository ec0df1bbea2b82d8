import { cardGroups } from './cards.ts';
import { type DigitGroup, groupsFrom } from './digit-groups.ts';
import { escapedDigits, isEdge, isEnd } from './edge.ts';
import { announcedNumbers, phoneGroups } from './phones.ts';

const digits = /\d+/g;

/** Takes out the numbers of payment cards and telephones. Each group of digits is looked at with the few behind it. */
export function redactNumbers(text: string): string {
  let kept = '';
  let from = 0;
  let announced: ReadonlySet<number> | undefined;
  const hasEscapes = /%|\\u/.test(text);
  digits.lastIndex = 0;
  for (let match = digits.exec(text); match; match = digits.exec(text)) {
    const { index } = match;
    const end = index + match[0].length;
    const behindEscape = hasEscapes ? index + escapedDigits(text, index) : index;
    announced ??= announcedNumbers(text);
    if (behindEscape === index && !mayBegin(text, from, index, end) && !announced.has(index)) continue;
    const found =
      recognize({ text, from, start: index, end, announced }) ??
      (behindEscape > index && behindEscape < end
        ? recognize({ text, from, start: behindEscape, end, announced })
        : undefined);
    if (!found) continue;
    kept += text.slice(from, found.start) + found.placeholder;
    from = found.end;
    digits.lastIndex = from;
  }
  return from === 0 ? text : kept + text.slice(from);
}

const areaCode = /[ .(-]{1,2}\d{3}(?!\d)/y;

/** Most numbers are neither, and can be told by their first digits: tables of numbers must cost little. */
function mayBegin(text: string, from: number, start: number, end: number): boolean {
  const length = end - start;
  const first = text[start] ?? '';
  const sign = start > from ? text[start - 1] : undefined;
  if (sign === '+' || sign === '(') return true;
  if (
    length >= 13 ||
    (length >= 4 && ('3456'.includes(first) || (first === '2' && isSecond(text[start + 1]))))
  ) {
    return true;
  }
  // Not in the middle of a date, a version or an amount.
  if (sign !== undefined && '-.,/:_'.includes(sign) && start - 2 >= from && isDigit(text[start - 2]))
    return false;
  if (length >= 10 || length === 3 || (first === '0' && length > 1)) return true;
  areaCode.lastIndex = end;
  return first === '1' && length === 1 && areaCode.test(text);
}

/** Of a card that begins with 2. */
function isSecond(digit: string | undefined): boolean {
  return digit !== undefined && digit >= '2' && digit <= '7';
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** Digits from `start` to `end`; the number may go on behind them. What stands before `from` is taken out already. */
interface Place {
  readonly text: string;
  readonly from: number;
  readonly start: number;
  readonly end: number;
  /** Where numbers begin that a word says to be telephones'. */
  readonly announced: ReadonlySet<number>;
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

function recognize({ text, from, start, end, announced }: Place): Found | undefined {
  const groups = groupsFrom(text, start, end);
  const endsAt = (at: number): boolean => isEnd(text, at);
  const startsAt = (at: number): boolean => at === from || isEdge(text, at);
  const before = (at: number, length: number): string => text.slice(Math.max(from, at - length), at);
  const isFraction = /\d[.,]$/.test(before(start, 2));
  const cards = startsAt(start) && !isFraction ? cardGroups(groups, endsAt) : 0;
  if (cards > 0) return { start, end: cardEnd(text, groups.slice(0, cards)), placeholder: '[redacted card]' };
  const sign = signBefore(before(start, 2));
  const begin = start - sign.length;
  // Behind a digit a plus adds.
  const isSum = sign.startsWith('+') && /\d$/.test(before(begin, 1)) && !startsAt(begin);
  if (isSum || (sign === '' && !startsAt(start))) return undefined;
  const free = !/\d[-.,/:_]$|[A-Za-z]_$/.test(before(begin, 2));
  const context = { sign, free, announced: announced.has(start) };
  let count = phoneGroups(groups, context, endsAt);
  // A card's number behind it must not be taken apart.
  const card = groups.findIndex((group, at) => at > 0 && at < count && cardFrom(text, group) > 0);
  if (card !== -1) count = phoneGroups(groups.slice(0, card), context, endsAt);
  if (count === 0) return undefined;
  return { start: begin, end: endOf(groups, count), placeholder: '[redacted phone]' };
}

/** Where a card's number ends that begins with this group; 0 if none does. */
function cardFrom(text: string, { start, end }: DigitGroup): number {
  const groups = groupsFrom(text, start, end);
  const count = cardGroups(groups, (at) => isEnd(text, at));
  return count === 0 ? 0 : endOf(groups, count);
}

/** Where a card's number ends. One in ten is none, and then the real one may begin inside of it. */
function cardEnd(text: string, groups: readonly DigitGroup[]): number {
  return Math.max(...groups.map((group) => cardFrom(text, group)));
}

/** `+`, `(` or both, right before a number. */
function signBefore(text: string): string {
  return /\+?\(?$/.exec(text)?.[0] ?? '';
}

function endOf(groups: readonly DigitGroup[], count: number): number {
  return groups[count - 1]?.end ?? 0;
}

/** True for a number, not a text, that is a payment card's. */
export function isCardNumber(value: number): boolean {
  const text = String(value);
  if (!/^\d{13,19}$/.test(text)) return false;
  return cardGroups(groupsFrom(text, 0, text.length), () => true) === 1;
}
