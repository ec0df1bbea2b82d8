import { invalidOption } from '../../../check.ts';
import type { Block } from '../document.ts';
import { cutNear } from './breaks.ts';
import { renderPiece, separator } from './render.ts';

/** A block, or a stretch of one, that goes into one part as a whole. */
export interface Unit {
  readonly block: Block;
  readonly text: string;
  /** In tokens, with its mark. */
  readonly cost: number;
  /** Whether a stretch of the same block comes before it. */
  readonly isContinued: boolean;
}

export type Measure = (text: string) => number;

export function costOf(block: Block, text: string, measure: Measure): number {
  return measure(renderPiece(block, text) + separator);
}

/** How far a piece may be from the size that would make all pieces equal, so that it can end where the text does. */
export const leeway = 0.25;

/** Cuts what is larger than `room` tokens into pieces of about equal size. */
export function unitsOf(block: Block, text: string, room: number, measure: Measure, isRest = false): Unit[] {
  const whole = costOf(block, text, measure);
  if (whole <= room) return [{ block, text, cost: whole, isContinued: isRest }];
  const units: Unit[] = [];
  const charactersPerToken = text.length / whole;
  for (let start = 0; start < text.length; ) {
    const left = text.length - start;
    const pieces = Math.ceil(left / charactersPerToken / room);
    const unit = cutUnit(block, text, start, left / pieces, room, measure);
    units.push({ block, ...unit, isContinued: isRest || start > 0 });
    start += unit.text.length;
  }
  return units;
}

/** @param length of the piece, in characters, as it should be */
function cutUnit(block: Block, text: string, start: number, length: number, room: number, measure: Measure) {
  for (let wanted = length; ; ) {
    const target = Math.max(1, Math.round(wanted));
    const from = Math.max(1, Math.floor(wanted * (1 - leeway)));
    const to = Math.max(target, Math.floor(Math.min(wanted * (1 + leeway), length)));
    const isRest = start + target >= text.length;
    const stretch = text.slice(start, start + to + 64);
    const piece = isRest ? text.slice(start) : stretch.slice(0, cutNear(stretch, from, target, to));
    const cost = costOf(block, piece, measure);
    if (cost <= room) return { text: piece, cost };
    if (target === 1) {
      throw invalidOption('options.maxTokens', 'enough for one character by `countTokens`', Math.floor(room));
    }
    // Geometric, so that all attempts together read little more than the first.
    wanted = Math.floor(Math.min(piece.length, target) * Math.min(0.8, (0.95 * room) / cost));
  }
}
