import { joinLines, type Line } from './lines.ts';

export interface Paragraph {
  readonly text: string;
  /** In points, rounded to halves. */
  readonly size: number;
}

/** Puts a page's lines together to paragraphs: where the distance or the size of letters changes, a new one begins. */
export function paragraphsOf(lines: readonly Line[]): readonly Paragraph[] {
  const gaps = lines.slice(1).map((line, index) => (lines[index]?.y ?? 0) - line.y);
  const usual = median(gaps.filter((gap) => gap > 0));
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
      const isNew = gap > 1.35 * usual || gap < 0 || halves(line.size) !== halves(before.size);
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

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
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
