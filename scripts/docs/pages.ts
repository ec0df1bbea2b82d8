import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Blocks, blocksOf, examplesOf } from './blocks.ts';

/** A file and what stands in it. */
export interface Read extends Blocks {
  readonly file: string;
}

/** Folders that hold what others have written, or what is generated. */
const ignored: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.tools',
  '.installed',
  '.snippets',
  'dist',
  'out',
  'coverage',
]);

/** Every page of Markdown in the project. */
export function readPages(root: string): readonly Read[] {
  return filesUnder(root, '')
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ file, ...blocksOf(file, readFileSync(path.join(root, file), 'utf8')) }));
}

/** Every source of the package that has an example. */
export function readExamples(root: string): readonly Read[] {
  return filesUnder(root, 'src')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, ...examplesOf(file, readFileSync(path.join(root, file), 'utf8')) }));
}

/** From the root, with `/` on every system, in order. */
export function filesUnder(root: string, folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(root, file) : entry.isFile() ? [file] : [];
    });
}
