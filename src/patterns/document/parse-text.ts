import { blockList } from './block-list.ts';
import type { Parsed } from './parsed.ts';

/** A paragraph that is longer ends at the next line's end: a log file has no blank lines, and a reference needs a place. */
const longestParagraph = 2_000;

/** Plain text: paragraphs are what blank lines part. */
export function parseText(text: string, maxCharacters: number): Parsed {
  const list = blockList(maxCharacters);
  let line = 1;
  let lines: string[] = [];
  let length = 0;
  const end = (): void => {
    if (lines.length > 0) list.add('paragraph', lines.join('\n'), { line: line - lines.length });
    lines = [];
    length = 0;
  };
  for (const each of linesOf(text)) {
    const isBlank = each.trim() === '';
    if (isBlank || length >= longestParagraph) end();
    if (!isBlank) {
      lines.push(each);
      length += each.length + 1;
    }
    line += 1;
  }
  end();
  return list.done();
}

/** Lines as editors count them: they end with `\n`, `\r\n` or `\r`, and a form feed is a blank in them. */
function linesOf(text: string): readonly string[] {
  return text.replaceAll('\f', ' ').split(/\r\n|\n|\r/);
}
