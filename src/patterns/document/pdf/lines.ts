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
}

/** Puts the pieces of a page together to lines, in the order in which the page writes them. */
export function linesOf(items: readonly TextItem[]): readonly Line[] {
  const lines: Line[] = [];
  let text = '';
  let size = 0;
  let y: number | undefined;
  const end = (): void => {
    const trimmed = text.replace(/\s+/g, ' ').trim();
    if (trimmed !== '') lines.push({ text: trimmed, size, y: y ?? 0 });
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

/** How many of a page's first and of its last lines may be its header and footer. */
const marginLines = 2;
const fewestPages = 4;

/** Leaves out headers and footers: what stands at the edge of most pages and differs in figures alone. */
export function withoutMargins(pages: readonly (readonly Line[])[]): readonly (readonly Line[])[] {
  if (pages.length < fewestPages) return pages;
  const counts = new Map<string, number>();
  for (const page of pages) {
    for (const key of new Set(edges(page).map(({ text }) => marginKey(text)))) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const most = pages.filter((page) => page.length > 0).length * 0.6;
  return pages.map((page) => {
    const repeated = new Set(edges(page).filter(({ text }) => (counts.get(marginKey(text)) ?? 0) > most));
    return page.filter((line) => !repeated.has(line));
  });
}

function edges(page: readonly Line[]): readonly Line[] {
  const fromTop = page.toSorted((a, b) => b.y - a.y);
  return [...fromTop.slice(0, marginLines), ...fromTop.slice(marginLines).slice(-marginLines)];
}

function marginKey(text: string): string {
  return text.replace(/\d+/g, '#').toLowerCase();
}
