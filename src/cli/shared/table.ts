import { plain } from './terminal.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand right. @default 'left' */
  readonly align?: 'left' | 'right';
}

const gap = '  ';
/** A text that is cut says no less than this. */
const leastWidth = 12;

/**
 * A table as lines that are no wider than `columns`. Texts on the left are cut with `…` first; what is still too wide goes on
 * in a further table below, which begins with the same first column. Numbers are never cut.
 *
 * @param rows cells in the order of the columns; control characters are taken out
 */
export function tableLines(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  const cells = [heads.map(({ title }) => title), ...rows].map((row) =>
    heads.map((_, at) => oneLine(row[at] ?? '')),
  );
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  const blocks = blocksOf(heads, widths, columns);
  return blocks.flatMap((block, at) => [
    ...(at === 0 ? [] : ['']),
    ...cells.map((row) =>
      block
        .map(({ column, width }) => fitted(row[column] ?? '', width, heads[column]?.align))
        .join(gap)
        .trimEnd(),
    ),
  ]);
}

interface Placed {
  readonly column: number;
  readonly width: number;
}

/** Which columns stand beside each other, and how wide. */
function blocksOf(heads: readonly Column[], widths: readonly number[], columns: number): readonly Placed[][] {
  const all = widths.map((width, column) => ({ column, width }));
  const shrunk = shrink(all, heads, columns);
  if (totalOf(shrunk) <= columns) return [shrunk];
  const [first = { column: 0, width: 0 }, ...others] = shrunk;
  const blocks: Placed[][] = [];
  let block: Placed[] = [first];
  for (const placed of others) {
    if (block.length > 1 && totalOf([...block, placed]) > columns) {
      blocks.push(block);
      block = [first];
    }
    block.push(placed);
  }
  blocks.push(block);
  // With fewer columns beside them, texts have more room again.
  return blocks.map((some) =>
    shrink(
      some.map(({ column }) => ({ column, width: widths[column] ?? 0 })),
      heads,
      columns,
    ),
  );
}

/** Takes from the widest text until the line fits, or nothing can be cut any more. */
function shrink(placed: readonly Placed[], heads: readonly Column[], columns: number): Placed[] {
  const result = [...placed];
  for (;;) {
    const excess = totalOf(result) - columns;
    if (excess <= 0) return result;
    const texts = result.filter(
      ({ column, width }) => heads[column]?.align !== 'right' && width > leastWidth,
    );
    const [widest] = texts.toSorted((a, b) => b.width - a.width);
    if (!widest) return result;
    result[result.indexOf(widest)] = { ...widest, width: widest.width - 1 };
  }
}

function totalOf(placed: readonly Placed[]): number {
  return placed.reduce((sum, { width }) => sum + width, 0) + gap.length * (placed.length - 1);
}

function fitted(text: string, width: number, align: Column['align']): string {
  const cut = cutTo(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'right' ? blanks + cut : cut + blanks;
}

function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ').trim();
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** What takes two columns in a terminal: writing of East Asia, and pictures. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Columns that a text takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

function widthOfGrapheme(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}

/** A text that takes at most so many columns, with `…` for what is missing. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A sentence as lines that are no wider than `columns`; a word that is longer stands alone. */
export function wrapped(text: string, columns: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) + (lines.length > 0 ? indent.length : 0) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((one, at) => (at === 0 ? one : indent + one));
}
