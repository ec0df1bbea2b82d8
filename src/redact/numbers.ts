import { cardGroups } from './cards.ts';
import { type DigitGroup, groupsFrom } from './digit-groups.ts';
import { isEdge, isEnd } from './edge.ts';
import { type PhoneContext, phoneGroups } from './phones.ts';

const digits = /\d+/g;
/** How far back a word is looked for that announces a number. */
const contextLength = 40;

/** Takes out the numbers of payment cards and telephones. Each group of digits is looked at with the few behind it. */
export function redactNumbers(text: string): string {
  let kept = '';
  let from = 0;
  const endsAt = (end: number): boolean => isEnd(text, end);
  digits.lastIndex = 0;
  for (let match = digits.exec(text); match; match = digits.exec(text)) {
    const groups = groupsFrom(text, match.index, match.index + match[0].length);
    const found = recognize(text, groups, endsAt);
    const last = groups[(found?.count ?? 0) - 1];
    if (!found || !last) continue;
    kept += text.slice(from, found.start) + found.placeholder;
    from = last.end;
    digits.lastIndex = from;
  }
  return from === 0 ? text : kept + text.slice(from);
}

interface Found {
  readonly start: number;
  readonly count: number;
  readonly placeholder: string;
}

function recognize(
  text: string,
  groups: readonly DigitGroup[],
  endsAt: (end: number) => boolean,
): Found | undefined {
  const [first] = groups;
  if (!first) return undefined;
  const { start } = first;
  const decimals = /\d[.,]$/.test(text.slice(Math.max(0, start - 2), start));
  const cards = isEdge(text, start) && !decimals ? cardGroups(groups, endsAt) : 0;
  if (cards > 0) return { start, count: cards, placeholder: '[redacted card]' };
  const prefix = /\+?\(?$/.exec(text.slice(Math.max(0, start - 2), start))?.[0] ?? '';
  const begin = start - prefix.length;
  if (!isEdge(text, begin)) return undefined;
  const count = phoneGroups(groups, contextOf(text, begin, prefix), endsAt);
  // A card's number behind it must not be taken apart.
  for (let at = 1; at < count; at++) if (cardGroups(groups.slice(at), endsAt) > 0) return undefined;
  return count === 0 ? undefined : { start: begin, count, placeholder: '[redacted phone]' };
}

function contextOf(text: string, begin: number, prefix: string): PhoneContext {
  const before = text.slice(Math.max(0, begin - contextLength), begin);
  return {
    plus: prefix.startsWith('+'),
    bracket: prefix.endsWith('('),
    free: !/[\d][-.,/:_]$|[A-Za-z]_$/.test(before),
    before,
  };
}

/** True for a number, not a text, that is a payment card's. */
export function isCardNumber(value: number): boolean {
  const text = String(value);
  if (!/^\d{13,19}$/.test(text)) return false;
  return cardGroups(groupsFrom(text, 0, text.length), () => true) === 1;
}
