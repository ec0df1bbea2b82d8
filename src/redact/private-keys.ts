const begins = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----/g;
const ends = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----/g;

/** Takes out private keys in PEM, from their first line to their last, or to the end of a text that was cut. */
export function redactPrivateKeys(text: string): string {
  if (!text.includes('PRIVATE KEY-----')) return text;
  let kept = '';
  let from = 0;
  begins.lastIndex = 0;
  for (let begin = begins.exec(text); begin; begin = begins.exec(text)) {
    kept += `${text.slice(from, begin.index)}[redacted private key]`;
    ends.lastIndex = begin.index;
    const end = ends.exec(text);
    from = end ? end.index + end[0].length : text.length;
    begins.lastIndex = from;
  }
  return kept + text.slice(from);
}
