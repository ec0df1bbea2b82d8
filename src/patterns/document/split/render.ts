import { type Block, headingPath } from '../document.ts';
import type { Piece } from './part.ts';

/** Between pieces, and behind the context. */
export const separator = '\n\n';

/** What a model sees of a piece: the mark of its block first, by which an answer refers to it. */
export function renderPiece(block: Block, text: string): string {
  const mark = `[b${block.place.block}] `;
  return block.kind === 'heading'
    ? `${mark}${'#'.repeat(Math.min(block.level ?? 1, 6))} ${text}`
    : mark + text;
}

export function renderPart(
  context: string,
  pieces: readonly Piece[],
  blockOf: (piece: Piece) => Block,
): string {
  const rendered = pieces.map((piece) => renderPiece(blockOf(piece), piece.text));
  return [...(context === '' ? [] : [context]), ...rendered].join(separator);
}

/** The headings above a part, which its text does not show itself; shortened until `fits`, outermost last to go. */
export function renderContext(headings: readonly string[], fits: (context: string) => boolean): string {
  if (headings.length === 0) return '';
  let path = headingPath(headings);
  while (path !== '') {
    const context = `[in: ${path}]`;
    if (fits(context)) return context;
    const characters = [...path.replace(/…$/, '')];
    const kept = characters.slice(0, Math.floor(characters.length * 0.75));
    path = kept.length === 0 ? '' : `${kept.join('')}…`;
  }
  return '';
}
