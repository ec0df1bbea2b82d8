/** OpenAI's guide: shorter pieces than these are judged more surely. */
export const pieceCharacters = 2_000;
/** What stands across a seam is seen whole in one of its pieces. */
const overlapCharacters = 200;

/**
 * As its reader has it. JSON in a text, as of a call or of what a tool gave, may have numbers in place of characters: other
 * languages write all but ASCII so. No provider takes half a character.
 */
export function readable(text: string): string {
  return text
    .replace(/\\+u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * A long text in pieces of at most `pieceCharacters`, each of which begins with the end of the one before. Cut where a word
 * ends, if that is near, and never through a character.
 */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > pieceCharacters) {
    const end = cutBefore(text, from + pieceCharacters);
    pieces.push(text.slice(from, end));
    from = wholeCharacter(text, end - overlapCharacters);
  }
  pieces.push(text.slice(from));
  return pieces;
}

function cutBefore(text: string, most: number): number {
  const space = text.lastIndexOf(' ', most);
  return space > most - overlapCharacters ? space : wholeCharacter(text, most);
}

/** Where the character begins that stands there. */
export function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
