import { edge, isEnd } from './edge.ts';

/** How long an account number is in each country of the IBAN registry, and in those that use the form without being in it. */
const countriesByLength: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'AX DK FI FK FO GL NL SD',
  19: 'MK SI',
  20: 'AT BA EE KZ LT LU MN XK',
  21: 'CH HR LI LV',
  22: 'BG BH CR DE GB GE IE ME RS VA',
  23: 'AE GI IL IQ OM SO TL',
  24: 'AD CZ ES MD PK RO SA SE SK TN VG',
  25: 'AO CV GW LY MZ PT ST',
  26: 'DZ IR IS TR',
  27: 'BI BL CF CG CM DJ FR GA GF GP GQ GR IT KM MC MF MG MQ MR NC PF PM RE SM TD TF WF YT',
  28: 'AL AZ BF BJ BY CI CY DO GT HN HU LB MA ML NE NI PL SN SV TG',
  29: 'BR EG PS QA UA',
  30: 'JO KW MU YE',
  31: 'MT SC',
  32: 'LC',
  33: 'RU',
};
const lengths = new Map(
  Object.entries(countriesByLength).flatMap(([length, countries]) =>
    countries.split(' ').map((country) => [country, Number(length)] as const),
  ),
);

const starts = new RegExp(`${edge}[A-Z]{2}\\d{2}(?=[ \\u00a0-]?[A-Z0-9])`, 'giu');
const longestWritten = 34 * 2;

/** Takes out international bank account numbers, whose check digits are right, with spaces or hyphens in them or not. */
export function redactIbans(text: string): string {
  let kept = '';
  let from = 0;
  starts.lastIndex = 0;
  for (let start = starts.exec(text); start; start = starts.exec(text)) {
    const length = writtenLength(text.slice(start.index, start.index + longestWritten));
    if (length === 0 || !isEnd(text, start.index + length)) {
      starts.lastIndex = start.index + 1;
      continue;
    }
    kept += `${text.slice(from, start.index)}[redacted iban]`;
    from = start.index + length;
    starts.lastIndex = from;
  }
  return from === 0 ? text : kept + text.slice(from);
}

const written = /^[A-Za-z0-9](?:[ \u00a0-]?[A-Za-z0-9]){0,33}/;

/** How many characters of `text` write an account number; 0 if they do not. */
function writtenLength(text: string): number {
  const wanted = lengths.get(text.slice(0, 2).toUpperCase());
  const run = written.exec(text)?.[0] ?? '';
  if (wanted === undefined || run.length < wanted) return 0;
  let number = '';
  for (let at = 0; at < run.length; at++) {
    const character = run.charAt(at);
    if (character !== ' ' && character !== '-' && character !== '\u00a0') number += character;
    if (number.length === wanted) return remainder(number.toUpperCase()) === 1 ? at + 1 : 0;
  }
  return 0;
}

/** The number that an account number means, modulo 97, as ISO 7064 wants it. */
function remainder(number: string): number {
  let rest = 0;
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
