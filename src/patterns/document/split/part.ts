import type { Place } from '../document.ts';

/** A stretch of one block in a part. */
export interface Piece {
  /** The number of its block. */
  readonly block: number;
  /** The block's text, or the stretch of it that is in this part. */
  readonly text: string;
  /** Whether it repeats the end of the part before, so that nothing is torn out of its context. */
  readonly isOverlap: boolean;
}

/** As much of a document as a model reads at once. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /**
   * What the model is given: the headings above, then every piece behind the mark of its block, as `[b12]`, by which an
   * answer can refer to it.
   */
  readonly text: string;
  /** How many tokens `text` has, by the same count as `maxTokens`. */
  readonly tokens: number;
  /** The headings under which its first block stands, the outermost first. */
  readonly headings: readonly string[];
  readonly pieces: readonly Piece[];
  /** The blocks to which an answer about this part may refer, in order. */
  readonly places: readonly Place[];
}
