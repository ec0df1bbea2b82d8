const at = /@|%40/g;
const localCharacter = /[\p{L}\p{M}\p{N}._%+'-]/u;
/** The same for ASCII, by character code: it is asked for every character before an `@`. */
const isLocalAscii = Array.from({ length: 128 }, (_, code) => localCharacter.test(String.fromCharCode(code)));
const domainCharacters = /[\p{L}\p{M}\p{N}.-]*/uy;
const dottedNumbers = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** No address has more before its `@`. */
const longestLocal = 64;

/** Takes out e-mail addresses. It goes from one `@` to the next, so that a long text without one costs nothing. */
export function redactEmails(text: string): string {
  let kept = '';
  let from = 0;
  at.lastIndex = 0;
  for (let sign = at.exec(text); sign; sign = at.exec(text)) {
    const behind = sign.index + sign[0].length;
    const start = localStart(text, Math.max(from, sign.index - longestLocal), sign.index);
    domainCharacters.lastIndex = behind;
    const length = start < sign.index ? domainLength(domainCharacters.exec(text)?.[0] ?? '') : 0;
    if (length === 0) continue;
    kept += `${text.slice(from, start)}[redacted e-mail]`;
    from = behind + length;
    at.lastIndex = from;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** Where the part before the `@` begins; `end` if there is none. */
function localStart(text: string, earliest: number, end: number): number {
  let start = end;
  while (start > earliest && isLocal(text, start - 1)) start--;
  // The letter of `\n` belongs to the escape, not to the address behind it.
  if (text[start - 1] === '\\') {
    const escaped = /^(?:u[0-9A-Fa-f]{4}|[bfnrt])/.exec(text.slice(start, end));
    start += escaped?.[0].length ?? 0;
  }
  while (start < end && /['.%-]/.test(text.charAt(start))) start++;
  return start;
}

function isLocal(text: string, at: number): boolean {
  return isLocalAscii[text.charCodeAt(at)] ?? localCharacter.test(text.charAt(at));
}

/** How much of `text` is a domain: two labels at least, none of them empty, and the last a top-level domain. */
function domainLength(text: string): number {
  const gap = text.indexOf('..');
  let end = gap === -1 ? text.length : gap;
  while (end > 0) {
    const dot = text.lastIndexOf('.', end - 1);
    if (dot < 1) return 0;
    if (isTopLevel(text.slice(dot + 1, end)) || dottedNumbers.test(text.slice(0, end))) return end;
    end = dot;
  }
  return 0;
}

/** Letters, and digits behind them, for `xn--p1ai`. */
function isTopLevel(label: string): boolean {
  return label.length > 1 && /^[\p{L}\p{M}]/u.test(label) && !label.endsWith('-');
}
