import { blockList, titleOf } from '../block-list.ts';
import type { Parsed } from '../parsed.ts';
import { attribute, blockElements, type Element, headingLevel, wholeAttribute } from './elements.ts';
import { type HtmlTable, htmlTable, isFilled, markdownTable } from './html-table.ts';

/** Takes a page's elements and texts in order, and makes blocks of them. */
export interface HtmlWriter {
  open(element: Element): void;
  close(element: Element): void;
  text(value: string, line: number): void;
  done(): Parsed;
}

type Kind = 'paragraph' | 'quote' | 'code' | 'list';

/** A blank of code in a list, which is to stay; the parser leaves none of these in a text. */
const keptBlank = '\0';

/** @param layout tables that are none, as `layoutTables` finds them */
export function htmlWriter(maxCharacters: number, layout: ReadonlySet<Element>): HtmlWriter {
  const list = blockList(maxCharacters);
  let buffer: string[] = [];
  let startLine: number | undefined;
  let title = '';
  const depth = { head: 0, pre: 0, quote: 0, list: 0 };
  /** How the items of each open list are marked: `-`, or the number of the next one. */
  const marks: (number | '-')[] = [];
  let table: HtmlTable | undefined;

  const takeText = (): string => {
    const text = buffer.join('');
    buffer = [];
    startLine = undefined;
    const tidy =
      depth.pre > 0
        ? text
        : text
            .replace(/ +/g, ' ')
            .replace(/ *\n */g, '\n')
            .trim();
    return tidy.replaceAll(keptBlank, ' ');
  };
  const end = (kind: Kind = depth.quote > 0 ? 'quote' : 'paragraph'): void => {
    const line = startLine ?? 1;
    list.add(kind, takeText(), { line });
  };
  const endTable = (ended: HtmlTable): void => {
    const rows = ended.rows();
    const columns = rows.reduce((most, { cells }) => Math.max(most, cells.findLastIndex(isFilled) + 1), 0);
    // One column is a page's layout and no table.
    if (columns < 2) for (const { cells, line } of rows) list.add('paragraph', cells.join(''), { line });
    else list.add('table', markdownTable(rows, columns), { line: ended.line });
  };
  const isFlowing = (): boolean => depth.list === 0 && table === undefined;
  const begin = (value: string, line: number): void => {
    if (value.trim() === '' || startLine !== undefined) return;
    const blank = value.slice(0, value.length - value.trimStart().length);
    startLine = line + blank.split('\n').length - 1;
  };

  function openItem(element: Element): void {
    const value = wholeAttribute(element, 'value', -1e9, 1e9);
    const mark = marks.at(-1) ?? '-';
    const number = mark === '-' ? mark : (value ?? mark);
    if (number !== '-') marks[marks.length - 1] = number + 1;
    const indent = keptBlank.repeat(2 * Math.min(Math.max(depth.list - 1, 0), 10));
    buffer.push(`${buffer.length > 0 ? '\n' : ''}${indent}${number === '-' ? number : `${number}.`} `);
  }

  function openBlock(element: Element): void {
    const { tagName } = element;
    if (!blockElements.has(tagName)) return;
    if (table) {
      if (tagName === 'tr') table.row();
      else if (tagName === 'td' || tagName === 'th') buffer = [];
      else buffer.push(' ');
      return;
    }
    if (depth.list === 0) end();
    else if (tagName === 'li') openItem(element);
    else if (tagName !== 'ul' && tagName !== 'ol') buffer.push(tagName === 'pre' ? '\n' : ' ');
  }

  return {
    open(element) {
      const { tagName } = element;
      openBlock(element);
      if (tagName === 'head') depth.head += 1;
      if (tagName === 'pre') depth.pre += 1;
      if (tagName === 'blockquote') depth.quote += 1;
      // A table within a list is read as its text.
      if (tagName === 'table' && depth.list === 0 && !layout.has(element)) table = htmlTable(lineOf(element));
      if ((tagName === 'ul' || tagName === 'ol') && !table) {
        depth.list += 1;
        marks.push(tagName === 'ul' ? '-' : (wholeAttribute(element, 'start', -1e9, 1e9) ?? 1));
      }
      if (tagName === 'br') buffer.push(table ? ' ' : '\n');
      if (tagName === 'img') {
        const words = attribute(element, 'alt') ?? '';
        begin(words.trim(), lineOf(element));
        buffer.push(` ${words} `);
      }
    },
    text(value, line) {
      begin(value, line);
      if (depth.pre === 0 || table) buffer.push(value.replace(/[ \t\n\r\f]+/g, ' '));
      else buffer.push(depth.list > 0 ? value.replaceAll(' ', keptBlank) : value);
    },
    close(element) {
      const { tagName } = element;
      const level = headingLevel(tagName);
      if (tagName === 'title' && depth.head > 0 && title === '') title = takeText();
      if (tagName === 'head') {
        depth.head -= 1;
        buffer = [];
        startLine = undefined;
      } else if (level !== undefined && isFlowing()) {
        const line = startLine ?? 1;
        list.addHeading(level, takeText(), { line });
      } else if ((tagName === 'td' || tagName === 'th') && table) {
        const line = startLine;
        table.cell(element, takeText().replace(/\s+/g, ' '), line);
      } else if (tagName === 'caption' && table) {
        end();
      } else if (tagName === 'table' && table) {
        endTable(table);
        table = undefined;
        takeText();
      } else if ((tagName === 'ul' || tagName === 'ol') && !table) {
        depth.list -= 1;
        marks.pop();
        if (depth.list === 0) end('list');
        else buffer.push(' ');
      } else if (blockElements.has(tagName)) {
        if (isFlowing()) end(tagName === 'pre' ? 'code' : undefined);
        else buffer.push(' ');
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

function lineOf({ sourceCodeLocation }: Element): number {
  return sourceCodeLocation?.startLine ?? 1;
}
