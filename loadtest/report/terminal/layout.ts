import { styleText } from 'node:util';
import { oneLine } from '../plain-text.ts';
import type { TextTable } from '../text-tables.ts';

/** What a line may hold. */
export const widthOfLine = 110;
const indent = '  ';
const gap = '  ';
/** No text is cut shorter than this. */
const narrowest = 8;

export function heading(text: string): string {
  return styleText('bold', text);
}

/** Columns as wide as their widest cell, texts to the left, figures to the right; where that is too wide, texts are cut. */
export function table({ headings, rows, figuresFrom }: TextTable): string[] {
  if (rows.length === 0) return [`${indent}nothing`];
  const all = [headings, ...rows].map((cells) => cells.map(oneLine));
  const widths = fitted(
    headings.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0))),
    figuresFrom,
  );
  return all.map((cells) =>
    `${indent}${cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const text = cut(cell, width);
        return column >= figuresFrom ? text.padStart(width) : text.padEnd(width);
      })
      .join(gap)}`.trimEnd(),
  );
}

/** Takes from the widest text until the line fits, or no text can give more; then from the widest of all. */
function fitted(wanted: readonly number[], figuresFrom: number): number[] {
  const widths = [...wanted];
  const room = widthOfLine - indent.length - gap.length * (widths.length - 1);
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const texts = widths.slice(0, figuresFrom);
    const widest = Math.max(...texts) > narrowest ? Math.max(...texts) : Math.max(...widths);
    if (widest <= narrowest) break;
    const at = widths.indexOf(widest);
    widths[at] = widest - 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** The text in lines that fit, each further one set in under the first. */
export function wrapped(text: string, first = indent, further = `${first}  `): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of oneLine(text).split(' ').flatMap(pieces)) {
    if (!isEmpty && line.length + 1 + word.length > widthOfLine) {
      lines.push(line);
      line = further;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** A word longer than a line is broken, with room left for what stands before it. */
function pieces(word: string): string[] {
  return word.match(/.{1,90}/gsu) ?? [];
}
