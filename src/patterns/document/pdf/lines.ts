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

/** Leaves out headers and footers: what stands in the margin of most pages and differs in figures alone. */
export function withoutMargins(pages: readonly (readonly Line[])[]): readonly (readonly Line[])[] {
  if (pages.length < fewestPages) return pages;
  const counts = new Map<string, number>();
  for (const page of pages) {
    for (const key of new Set(page.filter((line) => line.isMargin).map(({ text }) => marginKey(text)))) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const most = pages.filter((page) => page.length > 0).length * 0.6;
  return pages.map((page) =>
    page.filter((line) => !(line.isMargin && (counts.get(marginKey(line.text)) ?? 0) > most)),
  );
}

function marginKey(text: string): string {
  return text.replace(/\d+/g, '#').toLowerCase();
}
