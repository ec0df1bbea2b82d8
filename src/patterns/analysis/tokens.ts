/**
 * About how many tokens a text has: one for every four characters of ASCII, by OpenAI's rule for English; two of the other
 * alphabets; and one for each character of scripts that write a word in one or two, as Chinese does.
 */
export function tokensOf(text: string): number {
  let quarters = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    quarters += code < 0x80 ? 1 : code < 0x2e80 ? 2 : 4;
  }
  return quarters / 4;
}
