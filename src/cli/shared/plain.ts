/** What a text from a file or a model may do to a terminal is taken out of it: control characters, but for line breaks and tabs. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (found) =>
    found === '\n' || found === '\t' ? found : '\ufffd',
  );
}
