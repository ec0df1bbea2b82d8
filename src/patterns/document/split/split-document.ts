import { invalidOption } from '../../../check.ts';
import type { Block, Document, Place } from '../document.ts';
import { tailOf } from './breaks.ts';
import type { Part, Piece } from './part.ts';
import { renderContext, renderPart, separator } from './render.ts';
import { type CheckedSplitOptions, checkSplitOptions, type SplitOptions } from './split-options.ts';
import { costOf, leeway, type Unit, unitsOf } from './units.ts';

/** How much of a part the headings above it may take. */
const contextShare = 1 / 8;

/**
 * Splits a document into parts that a model can read at once: at headings where that makes parts of about equal size, else
 * between blocks; a block that is too large for a part at its sentences, then its words, then between characters. The
 * parts together hold the whole text, in order.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * import { contextWindowOf, readDocument, splitDocument } from 'telltale/patterns';
 *
 * const parts = splitDocument(await readDocument('report.pdf'), { maxTokens: 50_000, overlapTokens: 200 });
 * for (const part of parts) console.log(part.number, part.tokens, part.headings.join(' › '));
 * ```
 */
export function splitDocument(document: Pick<Document, 'blocks'>, options: SplitOptions): readonly Part[] {
  if (!Array.isArray(document?.blocks)) throw invalidOption('document', 'what `readDocument` gave', document);
  const checked = checkSplitOptions(options);
  const { maxTokens, overlapTokens, measure } = checked;
  const room = maxTokens - maxTokens * contextShare - overlapTokens;
  const blocks = new Map(document.blocks.map((block) => [block.place.block, block]));
  const blockOf = (piece: Piece): Block => blocks.get(piece.block) as Block;
  // The last unit stands at the end, so that taking one away costs nothing.
  const waiting = document.blocks.flatMap((block) => unitsOf(block, block.text, room, measure)).reverse();
  let waitingCost = waiting.reduce((sum, unit) => sum + unit.cost, 0);
  const parts: Part[] = [];

  while (waiting.length > 0) {
    const headings = headingsAbove(waiting[waiting.length - 1]);
    const context = contextOf(headings, checked);
    const overlap = overlapOf(parts.at(-1), checked, blockOf);
    const lead = renderPart(context, overlap, blockOf);
    const budget = maxTokens - (lead === '' ? 0 : measure(lead + separator));
    let count = unitsInPart(waiting, waitingCost, budget);
    for (;;) {
      const units = waiting.slice(-count).reverse();
      const pieces = [...overlap, ...units.map(pieceOf)];
      const text = renderPart(context, pieces, blockOf);
      const tokens = Math.ceil(measure(text));
      if (tokens <= maxTokens) {
        parts.push({
          number: parts.length + 1,
          text,
          tokens,
          headings,
          pieces,
          places: placesOf(pieces, blockOf),
        });
        waiting.length -= count;
        for (const unit of units) waitingCost -= unit.cost;
        break;
      }
      // A counter may find more tokens in a whole than in its pieces: then less of it has to do.
      if (count === 1) waitingCost += cutLast(waiting, checked);
      count = Math.ceil(count / 2);
    }
  }
  return parts;
}

/** A heading shows itself, and stands under those above it. */
function headingsAbove(unit: Unit | undefined): readonly string[] {
  const headings = unit?.block.place.headings ?? [];
  return unit?.block.kind === 'heading' && !unit.isContinued ? headings.slice(0, -1) : headings;
}

function contextOf(headings: readonly string[], { maxTokens, measure }: CheckedSplitOptions): string {
  return renderContext(headings, (context) => measure(context + separator) <= maxTokens * contextShare);
}

function pieceOf({ block, text }: Unit): Piece {
  return { block: block.place.block, text, isOverlap: false };
}

function placesOf(pieces: readonly Piece[], blockOf: (piece: Piece) => Block): readonly Place[] {
  return [...new Set(pieces.map(blockOf))].map((block) => block.place);
}

/**
 * How many units the next part takes, so that the parts that are left can all be of about one size: those up to the best
 * break near that size, or else the break that is nearest to it.
 */
function unitsInPart(waiting: readonly Unit[], waitingCost: number, budget: number): number {
  const parts = Math.max(1, Math.ceil(waitingCost / budget));
  if (parts === 1) return waiting.length;
  const target = waitingCost / parts;
  let best = { count: 1, isNear: false, rank: Number.POSITIVE_INFINITY, distance: Number.POSITIVE_INFINITY };
  let cost = 0;
  for (let count = 1; count < waiting.length; count += 1) {
    const last = waiting[waiting.length - count];
    cost += last?.cost ?? 0;
    if (cost > Math.min(budget, target * (1 + leeway)) && count > 1) break;
    const distance = Math.abs(cost - target);
    const isNear = distance <= target * leeway;
    const rank = isNear ? rankOfBreak(last, waiting[waiting.length - count - 1]) : Number.POSITIVE_INFINITY;
    const isBetter = rank < best.rank || (rank === best.rank && distance < best.distance);
    if (isNear === best.isNear ? isBetter : isNear) best = { count, isNear, rank, distance };
  }
  return best.count;
}

/** The lower, the better it is to end a part between the two. */
function rankOfBreak(before: Unit | undefined, after: Unit | undefined): number {
  if (after === undefined || after.isContinued) return 100;
  // A heading belongs to what stands below it.
  if (before?.block.kind === 'heading') return 99;
  return after.block.kind === 'heading' ? (after.block.level ?? 1) : 98;
}

/** The end of the part before, cut so that it begins at a sentence or a word. */
function overlapOf(
  before: Part | undefined,
  { overlapTokens, measure }: CheckedSplitOptions,
  blockOf: (piece: Piece) => Block,
): readonly Piece[] {
  const overlap: Piece[] = [];
  if (before === undefined || overlapTokens === 0) return overlap;
  let room = overlapTokens;
  for (const piece of before.pieces.toReversed()) {
    const block = blockOf(piece);
    const cost = costOf(block, piece.text, measure);
    const text =
      cost <= room ? piece.text : tailOf(piece.text, Math.floor((piece.text.length * room) / cost));
    const textCost = text === piece.text ? cost : costOf(block, text, measure);
    if (text !== '' && textCost <= room) overlap.unshift({ block: piece.block, text, isOverlap: true });
    if (piece.isOverlap || text !== piece.text || textCost > room) break;
    room -= textCost;
  }
  return overlap;
}

/** Cuts the unit that comes next in two or more. Gives by how much all that wait cost more now. */
function cutLast(waiting: Unit[], { measure }: CheckedSplitOptions): number {
  const unit = waiting.pop() as Unit;
  const units = unitsOf(unit.block, unit.text, unit.cost / 2, measure, unit.isContinued);
  const [first] = units;
  // What counts as nothing alone and as too much in a whole can be cut for ever.
  if (units.length === 1) {
    throw invalidOption(
      'options.countTokens',
      'a function that finds about as much in a whole as in its pieces',
      0,
    );
  }
  if (first) units[0] = { ...first, isContinued: unit.isContinued };
  waiting.push(...units.reverse());
  return units.reduce((sum, each) => sum + each.cost, -unit.cost);
}
