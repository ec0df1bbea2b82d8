import { expect, test } from 'vitest';
import { blocksOf, examplesOf } from '../../../scripts/docs/blocks.ts';

const page = (...lines: readonly string[]): string => lines.join('\n');

test('a block has its language, its code without the indent of its fence, and the line where the code begins', () => {
  const { blocks, problems, prose } = blocksOf(
    'a.md',
    page('1. Do this:', '', '   ```ts', '   const a = 1;', '     a;', '   ```', 'and that.'),
  );
  expect(problems).toEqual([]);
  expect(blocks).toEqual([
    { file: 'a.md', line: 4, language: 'ts', code: 'const a = 1;\n  a;', wish: undefined },
  ]);
  expect(prose).toEqual(['1. Do this:', '', '', '', '', '', 'and that.']);
});

test('a longer fence may show a shorter one, and a fence of tildes one of backticks', () => {
  const { blocks } = blocksOf('a.md', page('````md', '```ts', '```', '````', '~~~', '```', '~~~'));
  expect(blocks.map(({ code }) => code)).toEqual(['```ts\n```', '```']);
});

test('code in the middle of a text is no block', () => {
  expect(blocksOf('a.md', 'Say ```x``` once.').blocks).toEqual([]);
});

test('a wish belongs to the block that follows it, over blank lines', () => {
  const { blocks, problems } = blocksOf(
    'a.md',
    page('<!-- snippet: compile: needs a screen -->', '', '```ts', 'a;', '```', '```ts', 'b;', '```'),
  );
  expect(problems).toEqual([]);
  expect(blocks.map(({ wish }) => wish)).toEqual([{ what: 'compile', reason: 'needs a screen' }, undefined]);
});

test.each([
  ['a block that never ends', page('text', '```ts', 'a;'), 2, 'This block never ends.'],
  ['a wish without a reason', page('<!-- snippet: compile -->', '```', '```'), 1, 'Unknown wish `compile`'],
  [
    'a wish that nobody knows',
    page('<!-- snippet: skip: why -->', '```', '```'),
    1,
    'Unknown wish `skip: why`',
  ],
  ['a wish before a text', page('<!-- snippet: compile: why -->', 'text'), 1, 'No block follows this wish.'],
  ['a wish at the end', page('text', '<!-- snippet: unchecked: why -->'), 2, 'No block follows this wish.'],
])('%s is a problem', (_name, text, line, says) => {
  const { problems } = blocksOf('a.md', text);
  expect(problems).toEqual([{ file: 'a.md', line, says: expect.stringContaining(says) }]);
});

test('the examples of a docstring are found where they stand', () => {
  const source = page(
    'export interface Options {',
    '  /**',
    '   * How often.',
    '   *',
    '   * @example',
    '   * ```ts',
    '   * if (a) {',
    '   *   b();',
    '   * }',
    '   * ```',
    '   *',
    '   * @default 3',
    '   */',
    '  readonly times?: number;',
    '}',
  );
  const { blocks, problems } = examplesOf('src/a.ts', source);
  expect(problems).toEqual([]);
  expect(blocks).toEqual([
    { file: 'src/a.ts', line: 7, language: 'ts', code: 'if (a) {\n  b();\n}', wish: undefined },
  ]);
});

test('an example without a fenced block is a problem', () => {
  const { problems } = examplesOf('src/a.ts', page('/**', ' * Does.', ' *', ' * @example', ' * a();', ' */'));
  expect(problems).toEqual([{ file: 'src/a.ts', line: 4, says: 'This example has no fenced block.' }]);
});
