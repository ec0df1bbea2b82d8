/** Digits that stand together: a number, or a part of one that is written in several. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** What stands between the group before and this one; empty for the first. */
  readonly separator: string;
}

/** No number that is looked for has more digits. */
const mostDigits = 19;

const next = /([ \u00a0\u2009\u202f./()-]{1,3})(\d{1,20})/y;

/** The group from `start` to `end` and those behind it that may belong to the same number, `mostDigits` at most. */
export function groupsFrom(text: string, start: number, end: number): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let group: DigitGroup = { start, end, digits: text.slice(start, end), separator: '' };
  for (let total = group.digits.length; total <= mostDigits; total += group.digits.length) {
    groups.push(group);
    next.lastIndex = group.end;
    const [match, separator = '', digits = ''] = next.exec(text) ?? [];
    if (match === undefined) break;
    const behind = group.end + match.length;
    group = { start: behind - digits.length, end: behind, digits, separator };
  }
  return groups;
}
