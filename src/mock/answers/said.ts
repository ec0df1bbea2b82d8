import { firstWord, wordAt } from '../words.ts';

/** A text in the pieces in which a stream sends it. */
export interface Said {
  /** One a token, unless a script says otherwise or the text has fewer characters than tokens. */
  readonly pieces: number;
  readonly tokens: number;
  piece(index: number): string;
  /** A piece as JSON. */
  quoted(index: number): string;
  text(): string;
}

/** Plain words, each a piece and a token, as a function of the seed and of `about`. */
export function wordsSaid(seed: number, about: string, count: number): Said {
  const first = firstWord(seed, about);
  const piece = (index: number) => (index === 0 ? wordAt(first) : ` ${wordAt(first + index)}`);
  return {
    pieces: count,
    tokens: count,
    piece,
    // Words have nothing to escape.
    quoted: (index) => `"${piece(index)}"`,
    text() {
      let text = '';
      for (let index = 0; index < count; index++) text += piece(index);
      return text;
    },
  };
}

/** A text of so many tokens, in as many pieces of about the same length. */
export function textSaid(text: string, tokens: number): Said {
  const characters = [...text];
  const pieces = Math.min(Math.max(tokens, 1), characters.length);
  const edge = (index: number) => Math.floor((index * characters.length) / pieces);
  const piece = (index: number) => characters.slice(edge(index), edge(index + 1)).join('');
  return {
    pieces,
    tokens,
    piece,
    quoted: (index) => JSON.stringify(piece(index)),
    text: () => text,
  };
}

/** Pieces as they are given. */
export function piecesSaid(pieces: readonly string[], tokens = pieces.length): Said {
  return {
    pieces: pieces.length,
    tokens,
    piece: (index) => pieces[index] ?? '',
    quoted: (index) => JSON.stringify(pieces[index] ?? ''),
    text: () => pieces.join(''),
  };
}

/** As much of it as `tokens` allow. */
export function cutSaid(said: Said, tokens: number): Said {
  if (said.tokens <= tokens) return said;
  const kept = Math.floor((said.pieces * tokens) / said.tokens);
  return piecesSaid(
    Array.from({ length: kept }, (_, index) => said.piece(index)),
    tokens,
  );
}

/** What comes before the first of `stops`, or all. The token within which one begins counts if anything of it is left. */
export function saidBefore(said: Said, stops: readonly string[]): Said {
  const text = said.text();
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at !== -1);
  if (found.length === 0) return said;
  const end = Math.min(...found);
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < end; index++) {
    const piece = said.piece(index);
    pieces.push(piece.slice(0, end - at));
    at += piece.length;
  }
  return piecesSaid(pieces);
}

/** How many output tokens have been said with so many pieces. */
export function tokensSaid(said: Said, pieces: number): number {
  return said.pieces === 0 ? 0 : Math.ceil((said.tokens * Math.min(pieces, said.pieces)) / said.pieces);
}

/** What a piece costs; the sum over all is what the text costs. */
export function tokensOfPiece(said: Said, piece: number): number {
  return tokensSaid(said, piece + 1) - tokensSaid(said, piece);
}
