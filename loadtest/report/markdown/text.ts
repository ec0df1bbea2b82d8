import { oneLine } from '../plain-text.ts';
import type { TextTable } from '../text-tables.ts';

const longest = 300;

/**
 * Text as Markdown that says just that: in one line, and every character that Markdown, HTML or GitHub may take for a sign
 * is written as a reference. What looks like a mention, an issue or an address links nowhere.
 */
export function text(raw: string): string {
  const line = oneLine(raw);
  const shown = line.length > longest ? `${line.slice(0, longest)}…` : line;
  return (
    shown
      .replace(/[^\p{L}\p{N} ,;%()/.–−…·’×-]/gu, (character) => `&#${character.codePointAt(0)};`)
      // Inside of a word a hyphen begins no list, and a point before a letter may be an address.
      .replace(/(?<![\p{L}\p{N}])-|-(?![\p{L}\p{N}])/gu, '&#45;')
      .replace(/\.(?=\p{L})|^(\d+)[.)](?= |$)/gu, (found, number?: string) =>
        number === undefined ? '&#46;' : `${number}&#${found.codePointAt(found.length - 1)};`,
      )
  );
}

/** The same where it is a name or an id. GitHub looks for no mentions in code. */
export function code(raw: string): string {
  return raw === '' ? '' : `<code>${text(raw)}</code>`;
}

/** A table; its texts are escaped. */
export function table({ headings, rows, figuresFrom }: TextTable): string[] {
  if (rows.length === 0) return ['nothing', ''];
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`;
  const rule = headings.map((_, column) => (column >= figuresFrom ? '---:' : '---'));
  return [line(headings), `| ${rule.join(' | ')} |`, ...rows.map(line), ''];
}

/** What is shown once it is asked for. */
export function folded(title: string, lines: readonly string[]): string[] {
  return [`<details><summary>${text(title)}</summary>`, '', ...lines, '</details>', ''];
}
