import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apiPage, firstSentence, type PublicEntry, publicApi } from '../../../scripts/docs/api.ts';
import { root } from '../source.ts';

let entries: readonly PublicEntry[];
beforeAll(() => {
  entries = publicApi(root);
}, 60_000);

test('every entry is seen, with what it exports', () => {
  expect(entries.map(({ specifier }) => specifier)).toEqual([
    'telltale',
    'telltale/node',
    'telltale/limiter',
    'telltale/patterns',
    'telltale/mock',
  ]);
  const kinds = new Map(entries.flatMap(({ names }) => names).map(({ name, kind }) => [name, kind]));
  expect(['observe', 'TelltaleError', 'Call'].map((name) => kinds.get(name))).toEqual([
    'function',
    'class',
    'type',
  ]);
});

test('every public name has a docstring, and every option that may be left out a sentence or a default', () => {
  const silent = entries.flatMap(({ specifier, names }) =>
    names.flatMap(({ name, says, silentMembers }) => [
      ...(says === '' ? [`${specifier}: ${name}`] : []),
      ...silentMembers.map((member) => `${specifier}: ${name}.${member}`),
    ]),
  );
  expect(silent).toEqual([]);
});

test('every public function has an example', () => {
  const bare = entries.flatMap(({ specifier, names }) =>
    names
      .filter(({ kind, hasExample }) => kind === 'function' && !hasExample)
      .map(({ name }) => `${specifier}: ${name}`),
  );
  expect(bare).toEqual([]);
});

test('docs/api.md is current; else run `npm run docs:api -- --index`', () => {
  expect(readFileSync(path.join(root, 'docs', 'api.md'), 'utf8')).toBe(apiPage(entries));
});

test.each([
  ['One. Two.', 'One.'],
  ['About 1.5 s, as `a.b` says. Then', 'About 1.5 s, as `a.b` says.'],
  ['One\nline\n\nMore', 'One line'],
  ['As {@link Call} has it.', 'As `Call` has it.'],
])('the first sentence of %j', (text, sentence) => {
  expect(firstSentence(text)).toBe(sentence);
});
