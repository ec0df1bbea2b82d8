/** Digits that stand together: a number, or a part of one that is written in several. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** What stands between the group before and this one; empty for the first. */
  readonly separator: string;
}

/** No number that is looked for has more digits, or is written in more groups. */
const mostDigits = 19;
const mostGroups = 7;

const next = /([ \u00a0\u2009\u202f./()-]{1,3})(\d{1,20})/y;

/** The group from `start` to `end` and those behind it that may belong to the same number. */
export function groupsFrom(text: string, start: number, end: number): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let group: DigitGroup = { start, end, digits: text.slice(start, end), separator: '' };
  let total = group.digits.length;
  while (total <= mostDigits) {
    groups.push(group);
    if (groups.length === mostGroups) break;
    next.lastIndex = group.end;
    const match = next.exec(text);
    if (!match) break;
    const [all, separator = '', digits = ''] = match;
    const behind = group.end + all.length;
    group = { start: behind - digits.length, end: behind, digits, separator };
    total += digits.length;
  }
  return groups;
}
