import { type Element, wholeAttribute } from './elements.ts';

/** A row of a table, in as many columns as its cells take. */
export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of one table as they come. */
export interface HtmlTable {
  readonly line: number;
  /** Begins a row. */
  row(): void;
  /** @param cellLine where its text begins; undefined where it has none */
  cell(element: Element, text: string, cellLine: number | undefined): void;
  /** Those in which something stands. */
  rows(): readonly TableRow[];
}

/** As far as a cell may reach, so that a small page cannot take all memory. */
const mostColumns = 1_000;

export function htmlTable(line: number): HtmlTable {
  const rows: { line: number | undefined; cells: string[] }[] = [];
  /** For how many more rows each column is taken by a cell from above. */
  let taken: number[] = [];

  const skipTaken = (cells: string[], isEnd: boolean): void => {
    while (cells.length < taken.length) {
      const left = taken[cells.length] ?? 0;
      if (left === 0 && !isEnd) return;
      taken[cells.length] = Math.max(0, left - 1);
      cells.push('');
    }
  };
  const endRow = (): void => {
    const last = rows.at(-1);
    if (last) skipTaken(last.cells, true);
    taken = taken.slice(0, taken.findLastIndex((left) => left > 0) + 1);
  };

  return {
    line,
    row() {
      endRow();
      rows.push({ line: undefined, cells: [] });
    },
    cell(element, text, cellLine) {
      const row = rows.at(-1);
      if (!row) return;
      row.line ??= cellLine;
      const { cells } = row;
      skipTaken(cells, false);
      const wide = wholeAttribute(element, 'colspan', 1, 50) ?? 1;
      const high = wholeAttribute(element, 'rowspan', 1, 65_534) ?? 1;
      for (let column = 0; column < wide; column += 1) {
        if (high > 1 && cells.length < mostColumns) {
          while (taken.length < cells.length) taken.push(0);
          taken[cells.length] = high - 1;
        }
        cells.push(column === 0 ? text : '');
      }
    },
    rows: () =>
      rows
        .filter(({ cells }) => cells.some(isFilled))
        .map((row) => ({ line: row.line ?? line, cells: row.cells })),
  };
}

/** The first row is the heading, as Markdown needs one; rows may be shorter than that. */
export function markdownTable(rows: readonly TableRow[], columns: number): string {
  const [first, ...others] = rows.map(({ cells }) => cells.slice(0, cells.findLastIndex(isFilled) + 1));
  const heading = Array.from({ length: columns }, (_, column) => first?.[column] ?? '');
  return [heading, Array<string>(columns).fill('---'), ...others].map(rowText).join('\n');
}

export function isFilled(cell: string): boolean {
  return cell !== '';
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
