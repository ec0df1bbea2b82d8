import type { Problem } from './problem.ts';

/** A fenced block of a page, or the example of a docstring. */
export interface Block {
  /** From the root, with `/` on every system. */
  readonly file: string;
  /** Of the first line of the code, from 1. */
  readonly line: number;
  /** What the fence says, in lower case; empty where it says nothing. */
  readonly language: string;
  readonly code: string;
  /** What the page asks for, where it does not want what is usual. */
  readonly wish: Wish | undefined;
}

export interface Wish {
  /** `compile`: not run. `unchecked`: nothing at all is done with it. */
  readonly what: 'compile' | 'unchecked';
  readonly reason: string;
}

/** A page or a source as far as its blocks go; its links are read from the lines that are none of them. */
export interface Blocks {
  readonly blocks: readonly Block[];
  readonly problems: readonly Problem[];
  /** The lines outside of all blocks and comments; those inside are empty. */
  readonly prose: readonly string[];
}

const fence = /^(?<indent>[\s>]*)(?<marks>`{3,}|~{3,})\s*(?<language>[^\s`]*)[^`]*$/;
const comment = /^\s*<!--\s*snippet:(?<wish>.*?)-->\s*$/;
const wishes = /^\s*(?<what>compile|unchecked)\s*:\s*(?<reason>\S.*?)\s*$/;

/**
 * The fenced blocks of Markdown. The line before a block may say `<!-- snippet: compile: WHY -->` or
 * `<!-- snippet: unchecked: WHY -->`.
 *
 * @param firstLine the number of the text's first line in its file
 */
export function blocksOf(file: string, text: string, firstLine = 1): Blocks {
  const blocks: Block[] = [];
  const problems: Problem[] = [];
  const prose: string[] = [];
  let wish: Wish | undefined;
  let wishLine = 0;
  let open: { marks: string; indent: number; language: string; line: number; code: string[] } | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const number = firstLine + at;
    if (open) {
      prose.push('');
      if (isEnd(line, open.marks)) {
        const { language, code } = open;
        blocks.push({ file, line: open.line + 1, language, code: code.join('\n'), wish });
        open = undefined;
        wish = undefined;
      } else open.code.push(withoutIndent(line, open.indent));
      continue;
    }
    const groups = fence.exec(line)?.groups;
    if (groups) {
      const { indent = '', marks = '', language = '' } = groups;
      open = { marks, indent: indent.length, language: language.toLowerCase(), line: number, code: [] };
      prose.push('');
      continue;
    }
    const asked = comment.exec(line)?.groups?.['wish'];
    prose.push(asked === undefined ? line : '');
    if (wish && line.trim() !== '') problems.push(stray(file, wishLine));
    if (line.trim() !== '') wish = undefined;
    if (asked === undefined) continue;
    wish = readWish(asked);
    wishLine = number;
    if (!wish) problems.push({ file, line: number, says: `Unknown wish \`${asked.trim()}\`: ${allowed}` });
  }
  if (open) problems.push({ file, line: open.line, says: 'This block never ends.' });
  if (wish) problems.push(stray(file, wishLine));
  return { blocks, problems, prose };
}

const allowed = 'expected `compile: WHY` or `unchecked: WHY`.';

function readWish(text: string): Wish | undefined {
  const { what, reason } = wishes.exec(text)?.groups ?? {};
  if (reason === undefined || (what !== 'compile' && what !== 'unchecked')) return undefined;
  return { what, reason };
}

function stray(file: string, line: number): Problem {
  return { file, line, says: 'No block follows this wish.' };
}

function isEnd(line: string, marks: string): boolean {
  const closing = line.replace(/^[\s>]*/, '').trimEnd();
  return closing.length >= marks.length && closing === (marks[0] ?? '').repeat(closing.length);
}

function withoutIndent(line: string, indent: number): string {
  const own = line.length - line.trimStart().length;
  return line.slice(Math.min(own, indent));
}

/** The examples in the docstrings of a source: each `@example` holds one block or more. */
export function examplesOf(file: string, source: string): Blocks {
  const blocks: Block[] = [];
  const problems: Problem[] = [];
  for (const docstring of source.matchAll(/^[ \t]*\/\*\*\n?[\s\S]*?\*\//gm)) {
    const lines = docstring[0].split('\n');
    const firstLine = source.slice(0, docstring.index).split('\n').length;
    for (const [at, line] of lines.entries()) {
      if (!/^\s*\*\s*@example\b/.test(line)) continue;
      const rest = lines.slice(at + 1).map((each) => each.replace(/^\s*\*(?: |$|(?=\/))/, ''));
      const end = rest.findIndex((each) => /^@\w/.test(each) || each === '/');
      const found = blocksOf(file, rest.slice(0, end < 0 ? undefined : end).join('\n'), firstLine + at + 1);
      problems.push(...found.problems);
      blocks.push(...found.blocks);
      if (found.blocks.length === 0)
        problems.push({ file, line: firstLine + at, says: 'This example has no fenced block.' });
    }
  }
  return { blocks, problems, prose: [] };
}
