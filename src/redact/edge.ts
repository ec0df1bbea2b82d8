/*
 * Every pattern in this folder is linear in time by its shape: each quantifier is bounded, except one over a single
 * class of characters at the very end, behind which nothing can fail. A test reads the patterns and checks it.
 */

/** What a word of these scripts is made of. In scripts that leave no space between words, every character is an edge. */
const wordCharacter = '[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Nd}]';

/**
 * Where a token may begin: not inside a word. A JSON escape (`\n`, `\u0022`) and a percent escape (`%3D`) end in letters
 * and digits and still are an edge, because what is redacted is often text inside text. For patterns with the flag `u`.
 */
export const edge = `(?:(?<!${wordCharacter})|(?<=\\\\[bfnrt]|\\\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}))`;

const escapes = /(?:\\[bfnrt]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2})$/;
const words = new RegExp(wordCharacter, 'u');
/** The same for ASCII, by character code: it is asked at every number. */
const asciiWords = Array.from({ length: 128 }, (_, code) => words.test(String.fromCharCode(code)));

function isWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return asciiWords[code] ?? (!Number.isNaN(code) && words.test(text.charAt(at)));
}

/** True when a token may begin at `at`: what `edge` says, for one place. */
export function isEdge(text: string, at: number): boolean {
  return !isWord(text, at - 1) || escapes.test(text.slice(Math.max(0, at - 6), at));
}

/** True where a number ends: no letter or digit follows. */
export function isEnd(text: string, at: number): boolean {
  return !isWord(text, at);
}

/** How many digits at `at` belong to an escape that began before (`\u00`22, `%`20). */
export function escapedDigits(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - 5), at);
  const percent = before.lastIndexOf('%');
  if (percent !== -1 && /^%[0-9A-Fa-f]?$/.test(before.slice(percent)))
    return 2 - (before.length - percent - 1);
  const unicode = /\\u([0-9A-Fa-f]{0,3})$/.exec(before)?.[1];
  return unicode === undefined ? 0 : 4 - unicode.length;
}
