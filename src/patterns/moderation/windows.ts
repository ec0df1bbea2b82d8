import { wholeCharacter } from './pieces.ts';

/** What is judged before a window, so that what stands across the seam is seen whole. */
export const windowOverlap = 200;

const sentenceEnd = /[.!?…]["'”’)\]]*\s+|[。！？]["'”’)\]」』]*|\n+/gu;

/**
 * Where the next window of a text that is still growing ends: after a sentence where one ends between the half and the
 * double of `size`, else after `size`. 0 where more of the text is to be waited for.
 */
export function windowEnd(text: string, size: number): number {
  if (text.length < size) return 0;
  let end = 0;
  for (const { index, 0: mark } of text.slice(0, 2 * size).matchAll(sentenceEnd)) end = index + mark.length;
  if (end >= size / 2) return end;
  if (text.length < 2 * size) return 0;
  return wholeCharacter(text, size);
}
