/*
 * Every pattern in this folder is linear in time by its shape: each quantifier is bounded, except one over a single
 * class of characters at the very end, behind which nothing can fail. A test reads the patterns and checks it.
 */

/**
 * Where a token may begin: not inside a word. A JSON escape (`\n`, `\u0022`) and a percent escape (`%3D`) end in letters
 * and digits and still are an edge, because what is redacted is often text inside text.
 */
export const edge = '(?:(?<![A-Za-z0-9])|(?<=\\\\[bfnrt]|\\\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}))';

const edgePattern = new RegExp(edge, 'y');

/** True when a token may begin at `at`. */
export function isEdge(text: string, at: number): boolean {
  edgePattern.lastIndex = at;
  return edgePattern.test(text);
}

/** True where a number ends: no letter or digit follows. */
export function isEnd(text: string, at: number): boolean {
  return !/^[A-Za-z0-9]/.test(text.charAt(at));
}
