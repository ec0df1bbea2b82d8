import path from 'node:path';
import { expect, test } from 'vitest';
import type { Block } from '../../../scripts/docs/blocks.ts';
import { inlineProblems, optionProblems, shellFindings } from '../../../scripts/docs/commands.ts';
import { dataProblems } from '../../../scripts/docs/data.ts';
import { commandsOf } from '../../../scripts/docs/shell.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const block = (code: string, language = 'sh'): Block => ({
  file: 'a.md',
  line: 10,
  language,
  code,
  wish: undefined,
});

test('a block of shell is read as its commands', () => {
  const code = [
    'A=1 B=\'x y\' npm run a -- --b "c # d"   # why',
    '# nothing',
    'npx telltale chat \\',
    "  --message 'a | b' && echo done > out.txt",
    'cat a | sort',
  ].join('\n');
  expect(commandsOf(code)).toEqual([
    { words: ['npm', 'run', 'a', '--', '--b', 'c # d'], isAlone: true, at: 0 },
    { words: ['npx', 'telltale', 'chat', '--message', 'a | b'], isAlone: false, at: 2 },
    { words: ['echo', 'done'], isAlone: false, at: 2 },
    { words: ['cat', 'a'], isAlone: false, at: 4 },
    { words: ['sort'], isAlone: false, at: 4 },
  ]);
});

test.each([
  ['npm run nothing', 'package.json has no script `nothing`.'],
  ['npm ci && npm run nothing', 'package.json has no script `nothing`.'],
  ['npm test -- test/nothing', 'There is no test/nothing.'],
  ['npx telltale nothing --json', 'There is no command `telltale nothing`.'],
  ['node --import telltale/nothing app.js', 'There is no telltale/nothing.'],
  ['node scripts/nothing.mjs', 'There is no scripts/nothing.mjs.'],
  ['bash .ci/nothing', 'There is no .ci/nothing.'],
])('`%s` is a problem', (code, says) => {
  expect(shellFindings(root, [block(code)]).problems).toEqual([{ file: 'a.md', line: 10, says }]);
});

test('commands of ours are told from those of others, and what costs nothing from what needs a key', () => {
  const { ours, others, problems } = shellFindings(root, [
    block(
      'npx telltale estimate a.txt --all\nnpx telltale chat --last\nnpm test -- test/fuzz\ndocker compose up -d',
    ),
  ]);
  expect(problems).toEqual([]);
  expect(others).toEqual(['docker']);
  expect(ours.map(({ called, line, isCheap }) => [called, line, isCheap])).toEqual([
    ['npx telltale estimate', 10, true],
    ['npx telltale chat', 11, false],
    ['npm run test', 12, false],
  ]);
});

test('an option that the help does not know is a problem', () => {
  const [command] = shellFindings(root, [block('npx telltale chat -m x --jsonn')]).ours;
  if (!command) throw new Error('not found');
  expect(optionProblems(command, '  -m, --model NAME  the model\n  --json')).toEqual([
    { file: 'a.md', line: 10, says: '`npx telltale chat` knows no `--jsonn`.' },
  ]);
});

test('a command in the middle of a text must exist too', () => {
  const prose = [
    'Call `npm run nothing` or `npx telltale nothing`,',
    'not `npm run lint` or `npx telltale chat`.',
  ];
  expect(inlineProblems(root, 'a.md', prose).map(({ line, says }) => [line, says])).toEqual([
    [1, 'package.json has no script `nothing`.'],
    [1, 'There is no command `telltale nothing`.'],
  ]);
});

test.each([
  ['json', '{ "a": [1,\n 2] }', undefined],
  ['json', '{"a":1}\n{"b":2}', undefined],
  ['json', '{"a":1}\n{"b":2,}', 11],
  ['jsonl', '{"a":1}\n\n{b:2}', 12],
  ['yaml', 'a: 1\n---\n- b', undefined],
  ['yaml', 'a: 1\nb: [1', 11],
])('%s: %j', (language, code, line) => {
  const problems = dataProblems(block(code, language));
  expect(problems.map((problem) => problem.line)).toEqual(line === undefined ? [] : [line]);
});
