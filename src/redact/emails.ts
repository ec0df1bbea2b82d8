const at = /@|%40/g;
const localCharacter = /[\p{L}\p{M}\p{N}._%+'-]/u;
const domainHead = /^[\p{L}\p{M}\p{N}-]{1,63}(?:\.[\p{L}\p{M}\p{N}-]{1,63}){0,8}/u;
const topLevel = /^(?:[\p{L}\p{M}]{2,63}|xn--[a-z0-9-]{1,59})$/iu;
const dottedNumbers = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** No address is longer; what is longer before an `@` is none. */
const longestLocal = 64;
const longestDomain = 255;

/** Takes out e-mail addresses. It goes from one `@` to the next, so that a long text without one costs nothing. */
export function redactEmails(text: string): string {
  let kept = '';
  let from = 0;
  at.lastIndex = 0;
  for (let sign = at.exec(text); sign; sign = at.exec(text)) {
    const behind = sign.index + sign[0].length;
    const start = localStart(text, Math.max(from, sign.index - longestLocal), sign.index);
    const length = domainLength(text.slice(behind, behind + longestDomain));
    if (start === sign.index || length === 0) continue;
    kept += `${text.slice(from, start)}[redacted e-mail]`;
    from = behind + length;
    at.lastIndex = from;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** Where the part before the `@` begins; `end` if there is none. */
function localStart(text: string, earliest: number, end: number): number {
  let start = end;
  while (start > earliest && localCharacter.test(text.charAt(start - 1))) start--;
  // The letter of `\n` belongs to the escape, not to the address behind it.
  if (text[start - 1] === '\\') {
    const escaped = /^(?:u[0-9A-Fa-f]{4}|[bfnrt])/.exec(text.slice(start, end));
    start += escaped?.[0].length ?? 0;
  }
  while (start < end && /['.%-]/.test(text.charAt(start))) start++;
  return start;
}

/** Length of the domain that `text` begins with: at least two labels, of which the last is a top-level domain. */
function domainLength(text: string): number {
  const labels = (domainHead.exec(text)?.[0] ?? '').split('.');
  while (labels.length >= 2) {
    const domain = labels.join('.');
    if (topLevel.test(labels.at(-1) ?? '') || dottedNumbers.test(domain)) return domain.length;
    labels.pop();
  }
  return 0;
}
