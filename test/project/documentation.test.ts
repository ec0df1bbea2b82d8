import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './source.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The part of a page from one heading to the next of its level. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n## ${heading}\n`, 2);
  return rest.split('\n## ', 1)[0] ?? '';
}

/** Folders of one level, and the Markdown files in them. */
const entries = (folder: string) => readdirSync(path.join(root, folder), { withFileTypes: true });
const pagesOf = (folder: string): string[] =>
  entries(folder)
    .filter((entry) => entry.name.endsWith('.md'))
    .map((entry) => `${folder}/${entry.name}`);

describe('the README', () => {
  const readme = read('README.md');

  test('says of every dependency what it is for', () => {
    const table = section(readme, 'What each dependency is for');
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];
    const names = kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
    expect(names).toContain('openai');
    expect(names.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  test('leads to every page', () => {
    const pages = section(readme, 'All pages');
    expect(pagesOf('docs')).toContain('docs/observing.md');
    expect(pagesOf('docs').filter((page) => !pages.includes(`](${page})`))).toEqual([]);
  });

  test('is one that can be read: its commands, and no catalogue', () => {
    expect(readme.split('\n').length).toBeLessThan(250);
  });
});

test('the index of the patterns leads to each of them', () => {
  const index = read('docs/patterns/README.md');
  const pages = pagesOf('docs/patterns').map((page) => path.basename(page));
  expect(pages).toContain('conversations.md');
  expect(pages.filter((page) => page !== 'README.md' && !index.includes(`](${page})`))).toEqual([]);
});

test('the architecture names every folder of src, and the files that it names are there', () => {
  const text = read('ARCHITECTURE.md');
  const folders = entries('src').filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !text.includes(`\`${name}/\``))).toEqual([]);
  const named = [...text.matchAll(/`([a-z][\w/-]*\/[\w.-]*\.(?:ts|yaml))`/g)].map(([, name = '']) => name);
  expect(named).toContain('wrap/call-run.ts');
  const missing = named.filter(
    (name) => !existsSync(path.join(root, 'src', name)) && !existsSync(path.join(root, name)),
  );
  expect(missing).toEqual([]);
});
