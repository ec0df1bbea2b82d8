import { joinLines, type Line } from './lines.ts';

export interface Paragraph {
  readonly text: string;
  /** In points, rounded to halves. */
  readonly size: number;
}

/** What word processors give where nothing is said. */
const usualSpacing = 1.2;

/** How far apart lines of a paragraph are, in sizes of their letters: the distance that most lines have. */
export function lineSpacing(pages: readonly (readonly Line[])[]): number {
  const counts = new Map<number, number>();
  for (const page of pages) {
    for (const [index, line] of page.entries()) {
      const before = page[index - 1];
      if (!before || halves(before.size) !== halves(line.size)) continue;
      const spacing = Math.round(((before.y - line.y) / line.size) * 10) / 10;
      if (spacing >= 0.8 && spacing <= 2.5) counts.set(spacing, (counts.get(spacing) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return most?.[0] ?? usualSpacing;
}

/**
 * Puts a page's lines together to paragraphs: where the distance or the size of letters changes, a new one begins.
 *
 * @param spacing as `lineSpacing` gives it
 */
export function paragraphsOf(lines: readonly Line[], spacing: number): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let texts: string[] = [];
  let before: Line | undefined;
  const end = (): void => {
    if (before && texts.length > 0) paragraphs.push({ text: joinLines(texts), size: halves(before.size) });
    texts = [];
  };
  for (const line of lines) {
    if (before) {
      const gap = before.y - line.y;
      const isNew = gap > 1.35 * spacing * line.size || gap < 0 || halves(line.size) !== halves(before.size);
      // The middle of a word is no end, wherever the column or page goes on.
      if (isNew && !(gap < 0 && /\p{L}[-\u00ad]$/u.test(before.text))) end();
    }
    texts.push(line.text);
    before = line;
  }
  end();
  return paragraphs;
}

function halves(size: number): number {
  return Math.round(size * 2) / 2;
}

const longestHeading = 200;

/** Which level a paragraph has as a heading: by the sizes that are larger than what most of the text has. */
export function headingLevels(
  pages: readonly (readonly Paragraph[])[],
): (paragraph: Paragraph) => number | undefined {
  const lengths = new Map<number, number>();
  for (const { size, text } of pages.flat()) lengths.set(size, (lengths.get(size) ?? 0) + text.length);
  const [body = 0] = [...lengths].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0]);
  const larger = [...lengths.keys()].filter((size) => size >= body * 1.15).sort((a, b) => b - a);
  return ({ size, text }) => {
    const level = larger.indexOf(size) + 1;
    return level === 0 || text.length > longestHeading ? undefined : Math.min(level, 6);
  };
}
