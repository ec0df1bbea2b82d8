import { UnmakeableSchema } from './schema.ts';

/**
 * A text that a regular expression matches, for the expressions that schemas are written with: literals, classes,
 * groups, alternatives, quantifiers. What looks around is taken for nothing, so whoever asks tests the text.
 */
export function textFor(pattern: string, draw: () => number, mostExtra: number): string {
  let at = 0;
  let repeatsLeft = MOST_REPEATS;

  function pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(draw() * items.length)];
    if (item === undefined) throw unreadable();
    return item;
  }

  function unreadable(): UnmakeableSchema {
    return new UnmakeableSchema(`the pattern '${pattern}' is more than the mock can read`);
  }

  /** Reads all alternatives, and gives the makers of one of them. */
  function alternatives(): () => string {
    const options = [sequence()];
    while (pattern[at] === '|') {
      at++;
      options.push(sequence());
    }
    return () => pick(options)();
  }

  function sequence(): () => string {
    const makers: (() => string)[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') makers.push(quantified(atom()));
    return () => makers.map((make) => make()).join('');
  }

  function quantified(make: () => string): () => string {
    const [least, most] = quantifier();
    if (pattern[at] === '?') at++;
    if (least === 1 && most === 1) return make;
    return () => {
      const count = least + Math.floor(draw() * (Math.min(most, least + mostExtra) - least + 1));
      repeatsLeft -= count;
      if (repeatsLeft < 0) throw new UnmakeableSchema(`the pattern '${pattern}' repeats too much`);
      return Array.from({ length: count }, make).join('');
    };
  }

  function quantifier(): readonly [least: number, most: number] {
    const sign = pattern[at];
    const simple =
      sign === '*' ? [0, Infinity] : sign === '+' ? [1, Infinity] : sign === '?' ? [0, 1] : undefined;
    if (simple) {
      at++;
      return simple as [number, number];
    }
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(at));
    if (!braces) return [1, 1];
    at += braces[0].length;
    const least = Number(braces[1]);
    if (braces[2] === undefined) return [least, least];
    return [least, braces[3] === '' ? Infinity : Number(braces[3])];
  }

  function atom(): () => string {
    const sign = next();
    if (sign === '^' || sign === '$') return () => '';
    if (sign === '.') return () => pick(wordCharacters);
    if (sign === '[') return oneOf(characterClass());
    if (sign === '(') return group();
    if (sign === '\\') return escaped();
    return () => sign;
  }

  function next(): string {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    if (at >= pattern.length) throw unreadable();
    at += character.length;
    return character;
  }

  function group(): () => string {
    const opening = /^\?(:|=|!|<=|<!|<\w+>)/.exec(pattern.slice(at));
    at += opening?.[0].length ?? 0;
    const make = alternatives();
    if (pattern[at++] !== ')') throw unreadable();
    const looksAround = opening !== null && ['=', '!', '<=', '<!'].includes(opening[1] ?? '');
    return looksAround ? () => '' : make;
  }

  function escaped(): () => string {
    const sign = next();
    if (sign === 'b' || sign === 'B') return () => '';
    if (/[1-9k]/.test(sign)) throw unreadable();
    return oneOf(escapedSet(sign));
  }

  function oneOf(characters: readonly string[]): () => string {
    if (characters.length === 0) throw unreadable();
    return () => pick(characters);
  }

  /** What a backslash and `sign` stand for, within a class or without. */
  function escapedSet(sign: string): readonly string[] {
    const set = sets[sign];
    if (set) return set;
    if (sign === 'x' || sign === 'u') return [codePoint(sign)];
    if (sign === 'p' || sign === 'P') return unicodeSet(sign === 'P');
    return [controls[sign] ?? sign];
  }

  function codePoint(sign: string): string {
    const found = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2})([0-9a-fA-F]{2})?)/.exec(pattern.slice(at));
    if (!found) throw unreadable();
    const digits = found[1] ?? (sign === 'x' ? found[2] : `${found[2]}${found[3]}`) ?? '';
    at += found[1] === undefined ? digits.length : found[0].length;
    return String.fromCodePoint(Number.parseInt(digits, 16));
  }

  function unicodeSet(isNegated: boolean): readonly string[] {
    const found = /^\{[^}]+\}/.exec(pattern.slice(at));
    if (!found) throw unreadable();
    at += found[0].length;
    const property = new RegExp(`^\\${isNegated ? 'P' : 'p'}${found[0]}$`, 'u');
    return printable.filter((character) => property.test(character));
  }

  function characterClass(): readonly string[] {
    const isNegated = pattern[at] === '^';
    if (isNegated) at++;
    const members = new Set<string>();
    while (pattern[at] !== ']') {
      const from = member();
      const to = pattern[at] === '-' && pattern[at + 1] !== ']' ? rangeEnd() : undefined;
      for (const character of to === undefined ? from : range(from, to)) members.add(character);
    }
    at++;
    return isNegated ? printable.filter((character) => !members.has(character)) : [...members];
  }

  function member(): readonly string[] {
    const sign = next();
    if (sign !== '\\') return [sign];
    const escapedSign = next();
    return escapedSign === 'b' ? ['\b'] : escapedSet(escapedSign);
  }

  function rangeEnd(): readonly string[] {
    at++;
    return member();
  }

  const make = alternatives();
  if (at < pattern.length) throw unreadable();
  return make();
}

/** Of all parts of one text together: more would hold up everybody else's requests. */
const MOST_REPEATS = 100_000;

/** At most so many of a wide range: it is drawn from, not listed. */
const MOST_OF_A_RANGE = 512;

function range(from: readonly string[], to: readonly string[]): readonly string[] {
  const [first, last] = [from[0]?.codePointAt(0) ?? 0, to[0]?.codePointAt(0) ?? 0];
  const length = Math.min(Math.max(0, last - first + 1), MOST_OF_A_RANGE);
  return Array.from({ length }, (_, index) => String.fromCodePoint(first + index));
}

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const matching = (expression: RegExp) => printable.filter((character) => expression.test(character));
const wordCharacters = matching(/\w/);
const sets: Readonly<Record<string, readonly string[]>> = {
  d: matching(/\d/),
  D: matching(/\D/),
  w: wordCharacters,
  W: matching(/\W/),
  s: [' '],
  S: matching(/\S/),
};
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' };
