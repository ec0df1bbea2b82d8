import { blockList, titleOf } from '../block-list.ts';
import type { Parsed } from '../parsed.ts';
import { attribute, blockElements, type Element, headingLevel } from './elements.ts';

/** Takes a page's elements and texts in order, and makes blocks of them. */
export interface HtmlWriter {
  open(element: Element): void;
  close(element: Element): void;
  text(value: string, line: number): void;
  done(): Parsed;
}

type Kind = 'paragraph' | 'quote' | 'code';

export function htmlWriter(maxCharacters: number): HtmlWriter {
  const list = blockList(maxCharacters);
  let buffer: string[] = [];
  let startLine: number | undefined;
  let title = '';
  const depth = { head: 0, pre: 0, quote: 0, list: 0, table: 0 };
  /** How the items of each open list are marked: `-`, or the number of the next one. */
  const marks: (number | '-')[] = [];
  let rows: string[][] = [];
  let tableLine = 1;

  const takeText = (): string => {
    const text = buffer.join('');
    buffer = [];
    return depth.pre > 0
      ? text
      : text
          .replace(/ +/g, ' ')
          .replace(/ *\n */g, '\n')
          .trim();
  };
  const end = (kind: Kind = depth.quote > 0 ? 'quote' : 'paragraph'): void => {
    const line = startLine ?? 1;
    list.add(kind, takeText(), { line });
    startLine = undefined;
  };
  const endTable = (): void => {
    const filled = rows.filter((row) => row.some((cell) => cell !== ''));
    const columns = filled.reduce((most, row) => Math.max(most, row.length), 0);
    // One column is a page's layout and no table.
    if (columns < 2) for (const row of filled) list.add('paragraph', row.join('\n'), { line: tableLine });
    else list.add('table', markdownTable(filled, columns), { line: tableLine });
    rows = [];
  };
  const isFlowing = (): boolean => depth.list === 0 && depth.table === 0;

  function openBlock({ tagName, sourceCodeLocation }: Element): void {
    if (depth.table > 0) {
      if (tagName === 'tr') rows.push([]);
      else if (tagName === 'td' || tagName === 'th') buffer = [];
      else if (blockElements.has(tagName) || tagName === 'li') buffer.push(' ');
    } else if (tagName === 'li') {
      const mark = marks.at(-1) ?? '-';
      if (typeof mark === 'number') marks[marks.length - 1] = mark + 1;
      const indent = '  '.repeat(Math.min(Math.max(depth.list - 1, 0), 10));
      buffer.push(
        `${buffer.length > 0 ? '\n' : ''}${indent.replaceAll(' ', '\u00a0')}${mark === '-' ? mark : `${mark}.`} `,
      );
    } else if (depth.list > 0 && tagName !== 'ul' && tagName !== 'ol') {
      if (blockElements.has(tagName)) buffer.push(' ');
    } else if (isFlowing() && (blockElements.has(tagName) || headingLevel(tagName) !== undefined)) end();
    if (tagName === 'table' && depth.table === 0) {
      if (depth.list === 0) tableLine = sourceCodeLocation?.startLine ?? 1;
    }
  }

  return {
    open(element) {
      const { tagName } = element;
      openBlock(element);
      if (tagName === 'head') depth.head += 1;
      if (tagName === 'pre') depth.pre += 1;
      if (tagName === 'blockquote') depth.quote += 1;
      // A table within a list is read as its text.
      if (tagName === 'table' && depth.list === 0) depth.table += 1;
      if ((tagName === 'ul' || tagName === 'ol') && depth.table === 0) {
        depth.list += 1;
        marks.push(tagName === 'ul' ? '-' : 1);
      }
      if (tagName === 'br') buffer.push(depth.table > 0 ? ' ' : '\n');
      if (tagName === 'img') buffer.push(` ${attribute(element, 'alt') ?? ''} `);
    },
    text(value, line) {
      if (value.trim() !== '' && startLine === undefined) {
        const blank = value.slice(0, value.length - value.trimStart().length);
        startLine = line + blank.split('\n').length - 1;
      }
      buffer.push(depth.pre > 0 && depth.table === 0 ? value : value.replace(/[ \t\n\r\f]+/g, ' '));
    },
    close({ tagName }) {
      const level = headingLevel(tagName);
      if (tagName === 'title' && depth.head > 0 && title === '') title = takeText();
      if (tagName === 'head') {
        depth.head -= 1;
        buffer = [];
        startLine = undefined;
      } else if (level !== undefined && isFlowing()) {
        const line = startLine ?? 1;
        list.addHeading(level, takeText(), { line });
        startLine = undefined;
      } else if ((tagName === 'td' || tagName === 'th') && depth.table === 1) {
        rows.at(-1)?.push(takeText().replace(/\s+/g, ' '));
      } else if (tagName === 'table' && depth.list === 0) {
        depth.table -= 1;
        if (depth.table === 0) {
          endTable();
          buffer = [];
          startLine = undefined;
        }
      } else if ((tagName === 'ul' || tagName === 'ol') && depth.table === 0) {
        depth.list -= 1;
        marks.pop();
        if (depth.list === 0) {
          const line = startLine ?? 1;
          list.add('list', takeText().replaceAll('\u00a0\u00a0', '  '), { line });
          startLine = undefined;
        }
      } else if (isFlowing() && blockElements.has(tagName)) {
        end(tagName === 'pre' ? 'code' : undefined);
      }
      if (tagName === 'pre') depth.pre -= 1;
      if (tagName === 'blockquote') depth.quote -= 1;
    },
    done() {
      end();
      const { blocks, characters } = list.done();
      const named = title.replace(/\s+/g, ' ') || titleOf(blocks);
      return { ...(named !== undefined && { title: named }), blocks, characters };
    },
  };
}

function markdownTable(rows: readonly (readonly string[])[], columns: number): string {
  const lines = rows.map((row) => {
    const cells = Array.from({ length: columns }, (_, column) => (row[column] ?? '').replaceAll('|', '\\|'));
    return `| ${cells.join(' | ')} |`;
  });
  const rule = `|${' --- |'.repeat(columns)}`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
