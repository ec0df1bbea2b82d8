import type { Token, Tokens } from 'marked';
import { type BlockList, blockList, titleOf } from './block-list.ts';
import type { BlockKind } from './document.ts';
import type { Parsed } from './parsed.ts';

/** Markdown stays Markdown, which models read well: only its blocks are told from each other. */
export async function parseMarkdown(text: string, maxCharacters: number): Promise<Parsed> {
  const { Lexer } = await import('marked');
  const list = blockList(maxCharacters);
  const { matter, rest } = frontMatter(text.replace(/\r\n|\r/g, '\n'));
  let line = 1 + countLines(matter);
  list.add('code', matter, { line: 1 });
  // Only blocks: the lexer's inline part would be work for nothing, and takes the square of a long line.
  const lexer = new Lexer({ gfm: true });
  for (const token of lexer.blockTokens(rest, lexer.tokens)) {
    addToken(list, token, line + blankLinesBefore(token.raw));
    line += countLines(token.raw);
  }
  const { blocks, characters } = list.done();
  const title = titleIn(matter) ?? titleOf(blocks);
  return { ...(title !== undefined && { title }), blocks, characters };
}

const kinds: Readonly<Record<string, Exclude<BlockKind, 'heading'>>> = {
  list: 'list',
  code: 'code',
  table: 'table',
  blockquote: 'quote',
};

function addToken(list: BlockList, token: Token, line: number): void {
  if (token.type === 'heading') {
    const { depth, text } = token as Tokens.Heading;
    list.addHeading(depth, text, { line });
  } else if (token.type !== 'space' && token.type !== 'hr') {
    list.add(kinds[token.type] ?? 'paragraph', token.raw, { line });
  }
}

/** The YAML that many files begin with, which Markdown would take for a heading. */
function frontMatter(text: string): { readonly matter: string; readonly rest: string } {
  // Before a blank line it is a rule, and what follows is the text.
  const end = /^---\n(?=\S)/.test(text) ? /\n---[^\S\n]*(?:\n|$)/.exec(text.slice(3, 20_000)) : null;
  if (!end) return { matter: '', rest: text };
  const length = 3 + end.index + end[0].length;
  return { matter: text.slice(0, length), rest: text.slice(length) };
}

function titleIn(matter: string): string | undefined {
  const found = /^title:[^\S\n]*(?:"([^"\n]*)"|'([^'\n]*)'|(.*))$/m.exec(matter);
  const title = (found?.[1] ?? found?.[2] ?? found?.[3] ?? '').trim();
  return title === '' ? undefined : title;
}

function blankLinesBefore(raw: string): number {
  return countLines(raw.slice(0, raw.length - raw.trimStart().length));
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
