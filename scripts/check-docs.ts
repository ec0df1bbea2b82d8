// Checks what the documentation says: every block of code is compiled and run, every command of ours exists, data can be
// read, and every link leads somewhere. `npm run check:docs -- --list` says of each block what was done with it.
import path from 'node:path';
import { awaited } from './docs/awaited.ts';
import type { Block } from './docs/blocks.ts';
import { checkCode } from './docs/check-code.ts';
import { checkShell } from './docs/check-shell.ts';
import { inlineProblems } from './docs/commands.ts';
import { dataProblems } from './docs/data.ts';
import { linkProblems, linksOf, unreachable } from './docs/links.ts';
import { filesUnder, readExamples, readPages } from './docs/pages.ts';
import { told } from './docs/problem.ts';
import type { Snippet } from './docs/snippets.ts';

const root = path.dirname(import.meta.dirname);
const languages: Readonly<Record<string, readonly string[]>> = {
  code: ['ts', 'typescript', 'js', 'javascript', 'mjs'],
  shell: ['sh', 'bash', 'shell', 'console'],
  data: ['json', 'jsonl', 'yaml', 'yml'],
};

const startedMs = performance.now();
const pages = readPages(root);
const examples = readExamples(root);
const all = [...pages, ...examples];
const blocks = all.flatMap((read) => read.blocks);
const unchecked = blocks.filter(
  ({ wish, language }) => wish?.what === 'unchecked' || kindOf(language) === undefined,
);
const of = (kind: string): readonly Block[] =>
  blocks.filter((block) => kindOf(block.language) === kind && !unchecked.includes(block));

const [code, shell] = await Promise.all([checkCode(root, of('code')), checkShell(root, of('shell'))]);
// What is generated is nobody's to find.
const inDocs = filesUnder(root, 'docs').filter((file) => !file.startsWith('docs/api/'));
const problems = [
  ...all.flatMap((read) => read.problems),
  ...code.problems,
  ...shell.problems,
  ...pages.flatMap(({ file, prose }) => inlineProblems(root, file, prose)),
  ...of('data').flatMap(dataProblems),
  ...linkProblems(root, pages),
  ...unreachable(pages, 'README.md', inDocs),
].filter(({ says }) => !isAwaited(says));

if (process.argv.includes('--list')) list();
const linkCount = pages.reduce((sum, page) => sum + linksOf(page).length, 0);
console.log(`${code.ran.length} blocks of code run, ${code.compiled.length} only compiled:`);
for (const { snippet, reason } of code.compiled) console.log(`  ${placeOf(snippet.block)}  ${reason}`);
console.log(
  `${shell.checked} commands of ours checked, ${shell.ran} of them run; others': ${shell.others.join(', ')}`,
);
console.log(`${of('data').length} blocks of data read, ${linkCount} links followed in ${pages.length} pages`);
console.log(`${unchecked.length} blocks not checked:`);
for (const block of unchecked) {
  const why =
    block.wish?.reason ??
    (block.language === '' ? 'no language: output, or a drawing' : `${block.language} is not checked here`);
  console.log(`  ${placeOf(block)}  ${why}`);
}
for (const problem of problems) console.error(`\n${told(problem)}`);
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
console.log(
  `\n${problems.length === 0 ? 'The documentation holds' : `${problems.length} problems`}, ${seconds} s`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

function kindOf(language: string): string | undefined {
  return Object.keys(languages).find((kind) => languages[kind]?.includes(language));
}

function placeOf({ file, line }: Block): string {
  return `${file}:${line}`;
}

function isAwaited(says: string): boolean {
  return (
    awaited.files.some((file) => says.includes(` leads to ${file}`)) ||
    awaited.commands.some((name) => says === `There is no command \`telltale ${name}\`.`)
  );
}

function list(): void {
  for (const { snippet, tookMs } of code.ran) console.log(`${lineOf(snippet)}  ran ${tookMs.toFixed(0)} ms`);
  for (const { snippet } of code.compiled) console.log(lineOf(snippet));
}

function lineOf({ block, given }: Snippet): string {
  return `${placeOf(block)}${given.length > 0 ? `  takes for granted: ${given.join(', ')}` : ''}`;
}
