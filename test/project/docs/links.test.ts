import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf } from '../../../scripts/docs/blocks.ts';
import { anchorsOf, linkProblems, type Page, unreachable } from '../../../scripts/docs/links.ts';

const root = mkdtempSync(path.join(tmpdir(), 'telltale-links-'));
const other = pageOf('docs/other.md', '# Other\n\n## What `it` does, & why\n\n## Twice\n\n## Twice\n');

beforeAll(() => {
  mkdirSync(path.join(root, 'docs'));
  writeFileSync(path.join(root, 'docs', 'other.md'), '');
  writeFileSync(path.join(root, 'docs', 'a.svg'), '');
  writeFileSync(path.join(root, 'README.md'), '');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function pageOf(file: string, text: string): Page {
  return { file, prose: blocksOf(file, text).prose };
}

function says(text: string): readonly string[] {
  return linkProblems(root, [pageOf('README.md', text), other]).map((problem) => problem.says);
}

test('anchors are made as GitHub makes them', () => {
  expect([...anchorsOf(other)]).toEqual(['other', 'what-it-does--why', 'twice', 'twice-1']);
});

test.each([
  'See [it](docs/other.md#what-it-does--why), [twice](docs/other.md#twice-1) and ![a](docs/a.svg).',
  '# Here\n\nSee [above](#here), [`code`](docs/other.md), <https://example.com/a> and [mail](mailto:a@example.com).',
  '[one]: docs/other.md\n\n<img src="docs/a.svg"> <a href="http://127.0.0.1:3000">here</a>',
  'Code is no link: `[a](nowhere.md)`.\n\n```md\n[a](nowhere.md)\n```',
])('nothing is wrong with %j', (text) => {
  expect(says(text)).toEqual([]);
});

test.each([
  ['[a](docs/nowhere.md)', 'leads to docs/nowhere.md, which does not exist'],
  ['[`code`](nowhere.md)', 'leads to nowhere.md'],
  ['[![a](docs/no.png)](docs/other.md)', 'leads to docs/no.png'],
  ['[a](docs/other.md#nothing)', 'docs/other.md has no heading `#nothing`'],
  ['[a](#nothing)', 'README.md has no heading `#nothing`'],
  ['[a](../elsewhere.md)', 'leads out of this repository'],
  ['[a](https://)', 'is no address'],
  ['[a](https://exam)', 'names no host'],
  ['[a](javascript:alert)', 'is not for a browser'],
  ['[one]: nowhere.md', 'leads to nowhere.md'],
  ['<a href="nowhere.md">a</a>', 'leads to nowhere.md'],
])('%s is a problem', (text, problem) => {
  expect(says(text)).toEqual([expect.stringContaining(problem)]);
});

test('a page that no link leads to is a problem, and links are followed from page to page', () => {
  const pages = [
    pageOf('README.md', '[a](docs/a.md)'),
    pageOf('docs/a.md', '[b](b.md#x) ![c](c.svg)'),
    pageOf('docs/b.md', '[back](../README.md)'),
    pageOf('docs/lost.md', '[a](a.md)'),
  ];
  const files = ['docs/a.md', 'docs/b.md', 'docs/c.svg', 'docs/lost.md'];
  expect(unreachable(pages, 'README.md', files)).toEqual([
    { file: 'docs/lost.md', line: 1, says: 'No way leads here from README.md.' },
  ]);
});
