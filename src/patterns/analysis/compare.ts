import { checkString, invalidOption } from '../../check.ts';
import type { DocumentAnalysis } from './analysis.ts';
import type { ReportPoint } from './references.ts';

/** The reports of several models on one document, side by side. It is JSON. */
export interface AnalysesCompared {
  readonly analyses: readonly DocumentAnalysis[];
  /** What they say, each point once: what most models say comes first. */
  readonly keyPoints: readonly ComparedPoint[];
  readonly recommendations: readonly ComparedPoint[];
}

/** One point, and who makes it. */
export interface ComparedPoint {
  /** For each analysis, in order, how it says it; null where it does not. */
  readonly said: readonly (ReportPoint | null)[];
}

/**
 * Puts the points of several analyses of one document beside each other. Two points are taken for the same where they share
 * most of their words, or where they share some and stand on the same places: by rule, without asking a model.
 *
 * @throws TelltaleError `invalid_option` for fewer than two
 *
 * @example
 * ```ts
 * const { keyPoints } = compareAnalyses([small, large]);
 * const missed = keyPoints.filter(({ said: [inSmall] }) => inSmall === null);
 * ```
 */
export function compareAnalyses(analyses: readonly DocumentAnalysis[]): AnalysesCompared {
  if (!Array.isArray(analyses) || analyses.length < 2)
    throw invalidOption('analyses', 'a list of at least two analyses', analyses);
  for (const [at, analysis] of analyses.entries()) checkString(`analyses[${at}].id`, analysis?.id);
  return {
    analyses,
    keyPoints: compared(analyses.map(({ keyPoints }) => keyPoints)),
    recommendations: compared(analyses.map(({ recommendations }) => recommendations)),
  };
}

function compared(lists: readonly (readonly ReportPoint[])[]): readonly ComparedPoint[] {
  const rows: { said: (ReportPoint | null)[]; readonly words: ReadonlySet<string> }[] = [];
  for (const [column, points] of lists.entries()) {
    const candidates = points.flatMap((point) => {
      const words = wordsOf(point.text);
      return rows.map((row) => ({ point, row, likeness: likeness(point, words, row) }));
    });
    // The closest pairs first, so that a point never takes the place of one that fits better.
    candidates.sort((one, other) => other.likeness - one.likeness);
    const placed = new Set<ReportPoint>();
    for (const { point, row, likeness: found } of candidates) {
      if (found < alike || placed.has(point) || row.said[column]) continue;
      row.said[column] = point;
      placed.add(point);
    }
    for (const point of points) {
      if (placed.has(point)) continue;
      const said: (ReportPoint | null)[] = lists.map(() => null);
      said[column] = point;
      rows.push({ said, words: wordsOf(point.text) });
    }
  }
  const count = (said: readonly (ReportPoint | null)[]): number =>
    said.filter((point) => point !== null).length;
  return rows.sort((one, other) => count(other.said) - count(one.said)).map(({ said }) => ({ said }));
}

/** From here on two points are the same. */
const alike = 0.5;

/** From 0 to 1: the words that both have, as a share of those of the shorter one; places in common lift it by up to a half. */
function likeness(
  point: ReportPoint,
  words: ReadonlySet<string>,
  row: { readonly said: readonly (ReportPoint | null)[]; readonly words: ReadonlySet<string> },
): number {
  if (row.said.some((other) => other?.text === point.text)) return 1;
  const shared = [...words].filter((word) => row.words.has(word)).length;
  const least = Math.min(words.size, row.words.size);
  const byWords = least === 0 ? 0 : shared / least;
  // One word in common is chance, whatever the place.
  if (shared < Math.min(2, least)) return 0;
  const blocks = new Set(row.said.flatMap((other) => other?.references.map(({ block }) => block) ?? []));
  const own = new Set(point.references.map(({ block }) => block));
  const common = [...own].filter((block) => blocks.has(block)).length;
  const places = Math.min(own.size, blocks.size);
  return Math.min(1, byWords + (places === 0 ? 0 : (0.5 * common) / places) * Math.min(1, 2 * byWords));
}

/** Words that carry something: those of four letters and more, cut to six so that forms of a word are one. */
function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(
    words.filter((word) => word.length >= 4 || /\p{N}/u.test(word)).map((word) => word.slice(0, 6)),
  );
}
