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

const edgeHere = new RegExp(edge, 'uy');
const wordHere = new RegExp(wordCharacter, 'uy');

/** True when a token may begin at `at`. */
export function isEdge(text: string, at: number): boolean {
  edgeHere.lastIndex = at;
  return edgeHere.test(text);
}

/** True where a number ends: no letter or digit follows. */
export function isEnd(text: string, at: number): boolean {
  wordHere.lastIndex = at;
  return !wordHere.test(text);
}

/** How many digits at `at` belong to an escape that began before (`\u00`22, `%`20). */
export function escapedDigits(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - 5), at);
  const unicode = /\\u([0-9A-Fa-f]{0,3})$/.exec(before)?.[1];
  if (unicode !== undefined) return 4 - unicode.length;
  const percent = /%([0-9A-Fa-f]?)$/.exec(before)?.[1];
  return percent === undefined ? 0 : 2 - percent.length;
}
