/** A piece of text as PDF.js gives it. */
export interface TextItem {
  readonly str: string;
  readonly transform: readonly number[];
  readonly hasEOL: boolean;
}

export interface Line {
  readonly text: string;
  /** Of its letters, in points. */
  readonly size: number;
  /** How high above the page's lower edge it stands, in points. */
  readonly y: number;
  /** Whether it stands where headers and footers do. */
  readonly isMargin: boolean;
}

/** How much of a page's height its upper margin takes, and its lower one. */
const marginShare = 0.1;

/**
 * Puts the pieces of a page together to lines, in the order in which the page writes them.
 *
 * @param bottom of the page, in points, as `top`
 */
export function linesOf(items: readonly TextItem[], bottom: number, top: number): readonly Line[] {
  const margin = (top - bottom) * marginShare;
  const lines: Line[] = [];
  let text = '';
  let size = 0;
  let y: number | undefined;
  const end = (): void => {
    const trimmed = text.replace(/\s+/g, ' ').trim();
    const height = y ?? 0;
    const isMargin = height < bottom + margin || height > top - margin;
    if (trimmed !== '') lines.push({ text: trimmed, size, y: height, isMargin });
    text = '';
    size = 0;
    y = undefined;
  };
  for (const item of items) {
    const [, , c = 0, d = 0, , itemY = 0] = item.transform;
    const itemSize = Math.hypot(c, d);
    // An exponent stands a little higher, the next line far lower.
    if (item.str.trim() !== '' && y !== undefined && Math.abs(itemY - y) > 0.6 * Math.max(size, itemSize))
      end();
    if (item.str.trim() !== '') {
      y ??= itemY;
      size = Math.max(size, itemSize);
    }
    text += item.str;
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/** Joins a paragraph's lines; a word that was hyphenated at a line's end is one again. */
export function joinLines(lines: readonly string[]): string {
  let joined = '';
  for (const line of lines) {
    if (/\u00ad$/u.test(joined)) joined = joined.slice(0, -1) + line;
    else if (/\p{L}[-\u2010]$/u.test(joined) && /^\p{Ll}/u.test(line)) joined = joined.slice(0, -1) + line;
    else joined += joined === '' ? line : ` ${line}`;
  }
  return joined;
}

const fewestPages = 4;
/** What is on so many of the pages is on most of them. */
const mostPages = 0.6;

/**
 * Leaves out headers and footers: what stands in the margin of most pages, and differs only in figures that count them.
 * Other figures are what the page says, and so is the margin of a page that has nothing else.
 */
export function withoutMargins(pages: readonly (readonly Line[])[]): readonly (readonly Line[])[] {
  if (pages.length < fewestPages) return pages;
  const found = new Map<string, MarginLine[]>();
  for (const [page, lines] of pages.entries()) {
    const texts = new Map(lines.filter((line) => line.isMargin).map(({ text }) => [marginKey(text), text]));
    for (const [key, text] of texts) {
      const numbers = (text.match(/\d+/g) ?? []).map(Number);
      const all = found.get(key);
      if (all) all.push({ page, numbers });
      else found.set(key, [{ page, numbers }]);
    }
  }
  const least = pages.filter((page) => page.length > 0).length * mostPages;
  const running = new Set([...found].flatMap(([key, all]) => (isRunning(all, least) ? [key] : [])));
  return pages.map((page) => {
    const body = page.filter((line) => !(line.isMargin && running.has(marginKey(line.text))));
    return body.length > 0 ? body : page;
  });
}

interface MarginLine {
  readonly page: number;
  readonly numbers: readonly number[];
}

function isRunning(all: readonly MarginLine[], least: number): boolean {
  if (all.length <= least) return false;
  const isSteady = (figureOf: (line: MarginLine) => number): boolean => {
    const counts = new Map<number, number>();
    for (const line of all) counts.set(figureOf(line), (counts.get(figureOf(line)) ?? 0) + 1);
    return Math.max(...counts.values()) > all.length * mostPages;
  };
  return (all[0]?.numbers ?? []).every((_, at) => {
    const number = ({ numbers }: MarginLine): number => numbers[at] ?? 0;
    return isSteady(number) || isSteady((line) => number(line) - line.page);
  });
}

function marginKey(text: string): string {
  return text.replace(/\d+/g, '#').toLowerCase();
}
