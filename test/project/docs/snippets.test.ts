import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Block } from '../../../scripts/docs/blocks.ts';
import { run } from '../../../scripts/docs/run.ts';
import { type Compiled, compile } from '../../../scripts/docs/snippets.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const code: Readonly<Record<string, string>> = {
  complete:
    "import { costOf } from 'telltale';\nconsole.log(costOf({ model: 'gpt-5-mini', usage: { inputTokens: 1 } }));",
  given: 'const limits: Limit[] = [];\nconsole.log(telltale(openai).stats(), limits);',
  misspelt: "import { observe } from 'telltale';\n\nobserve({}, { retries: 3 });",
  unknown: 'await openai.responses.create(whatIsThis);',
  careless: 'const user: string = process.env.USER;',
  inner: "import { x } from 'telltale/src/index.ts';",
};
const blocks: readonly Block[] = Object.entries(code).map(([name, text]) => ({
  file: `docs/${name}.md`,
  line: 5,
  language: 'ts',
  code: text,
  wish: undefined,
}));
const scratch = mkdtempSync(path.join(tmpdir(), 'telltale-snippets-'));
/** In the project, so that packages are found. */
const directory = path.join(root, 'docs', '.snippets', 'test');
let compiled: Compiled;

beforeAll(() => {
  compiled = compile(root, directory, blocks);
}, 60_000);
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
});

function problemsOf(name: string): readonly string[] {
  return compiled.problems
    .filter(({ file }) => file === `docs/${name}.md`)
    .map(({ line, says }) => `${line} ${says}`);
}

test('what stands on its own compiles, and so does what takes for granted what is known', () => {
  expect([...problemsOf('complete'), ...problemsOf('given')]).toEqual([]);
  expect(compiled.snippets.map(({ given }) => given)).toEqual([
    [],
    ['Limit', 'openai', 'telltale'],
    [],
    ['openai'],
    [],
    [],
  ]);
});

test.each([
  ['misspelt', '7 TS2353', "`retries`|'retries'"],
  ['unknown', '5 TS2304', 'whatIsThis'],
  ['careless', '5 TS2322', 'undefined'],
  ['inner', '5 TS2307', 'telltale/src/index.ts'],
])('a block that is %s is red, at its line', (name, begins, names) => {
  const problems = problemsOf(name);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${begins}: .*(${names})`));
});

test('a module that throws, forgets a promise, ends its process or never ends fails, and the others run', async () => {
  const fixtures = path.join(scratch, 'fixtures');
  mkdirSync(fixtures);
  writeFileSync(path.join(fixtures, 'here.txt'), 'here');
  const module = (name: string, text: string): string => {
    const file = path.join(scratch, `${name}.mjs`);
    writeFileSync(file, text);
    return file;
  };
  const files = [
    module('good', "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync('here.txt', 'utf8'));"),
    module('throws', "throw new Error('a reef');"),
    module('forgets', "Promise.reject(new Error('overboard'));"),
    module('ends', 'process.exit(3);'),
    module('hangs', 'setInterval(() => {}, 1_000);\nawait new Promise(() => {});'),
    module('listens', "import { createServer } from 'node:http';\ncreateServer().listen(3_000);"),
    module('alone', 'console.log(process.pid);'),
  ];
  const ran = await run(files, {
    directory: path.join(scratch, 'runs'),
    fixtures,
    env: process.env,
    limitMs: 5_000,
    processes: 1,
    isAlone: (file) => file.endsWith('alone.mjs'),
  });
  expect(ran.map(({ file }) => path.basename(file, '.mjs'))).toEqual(
    files.map((file) => path.basename(file, '.mjs')),
  );
  expect(ran.map(({ fault }) => fault)).toEqual([
    undefined,
    expect.stringContaining('a reef'),
    expect.stringContaining('overboard'),
    'its process ended with exit code 3',
    'it had not ended after 5 s',
    undefined,
    undefined,
  ]);
  expect(ran[0]?.output).toContain('here');
}, 60_000);
