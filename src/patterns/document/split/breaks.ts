/**
 * Where a text may be torn apart, the best place first: behind a blank line, a line, a sentence (also of Chinese and
 * Japanese), a clause, a word.
 */
const seams: readonly RegExp[] = [
  /\n[^\S\n]*\n\s*/g,
  /\n\s*/g,
  /[.!?…]["'»”’)\]]*\s+|[。！？]["'」』）]*\s*/g,
  /[,;:]\s+|[、，；：]/g,
  /\s+/g,
];

/** How far past a place is looked for the end of what stands there as one character. */
const longestCluster = 64;

/**
 * Where to cut `text` near `target`: at the best kind of seam between `from` and `to`, there as near as can be; without a
 * seam between characters as people see them, and only within one that is longer than all that fits between code points.
 * Looks at the text once per kind of seam.
 *
 * @param from at least 1
 * @param to at most the length of the text
 * @returns an index from 1 to `to`
 */
export function cutNear(text: string, from: number, target: number, to: number): number {
  const window = text.slice(from, to);
  for (const seam of seams) {
    let best: number | undefined;
    for (const found of window.matchAll(seam)) {
      const at = from + found.index + found[0].length;
      if (at >= to && at < text.length && /\s/.test(text[at] ?? '')) continue;
      if (best === undefined || Math.abs(at - target) < Math.abs(best - target)) best = at;
    }
    if (best !== undefined) return best;
  }
  return betweenCharacters(text, target, to);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function betweenCharacters(text: string, target: number, to: number): number {
  if (target >= text.length) return text.length;
  const cluster = graphemes.segment(text.slice(0, target + longestCluster)).containing(target);
  if (cluster && cluster.index > 0) return cluster.index;
  const at = Math.max(1, Math.min(target, to));
  return isInsidePair(text, at) ? (at > 1 ? at - 1 : at + 1) : at;
}

function isInsidePair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}

/** The end of `text`, about `length` long, beginning at a sentence or a word where there is one. */
export function tailOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = text.length - length;
  return text.slice(cutNear(text, start, start, Math.min(text.length, start + Math.ceil(length / 2))));
}
