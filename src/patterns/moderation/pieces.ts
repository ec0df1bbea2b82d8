/** OpenAI's guide: shorter pieces than these are judged more surely. */
export const pieceCharacters = 2_000;
/** What stands across a seam is seen whole in one of its pieces. */
const overlapCharacters = 200;

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

function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
