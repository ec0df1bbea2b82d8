import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chapters } from '../../patterns/analysis/chapters.ts';
import { pdf } from '../../patterns/document/support/pdf-writer.ts';

const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');

/** A folder with documents, in which the command runs. */
export function folder(): { readonly path: string; file(name: string): string; remove(): void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-analyze-'));
  const write = (name: string, data: string | Uint8Array): void =>
    writeFileSync(path.join(directory, name), data);
  write('book.md', String(chapters(6).data));
  write('note.txt', 'A short note.\n\nIt has two paragraphs, and <b>markup</b> & more.\n');
  write('other.txt', 'Another note.\n');
  write('empty.txt', '');
  write(
    'binary.bin',
    Uint8Array.from({ length: 2_000 }, (_, at) => (at * 7) % 256),
  );
  write('long.pdf', pdf({ pages: pages(300), title: 'A long book' }));
  write('secret.pdf', pdf({ pages: pages(1), isEncrypted: true }));
  return {
    path: directory,
    file: (name) => path.join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `telltale analyze`, without a terminal. */
export function analyze(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'analyze', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

function pages(count: number) {
  const line = (page: number, at: number): string =>
    `Line ${at + 1} of page ${page} says something that no other page of this long book says at all.`;
  return Array.from({ length: count }, (_, page) =>
    Array.from({ length: 25 }, (_, at) => ({ text: line(page + 1, at), y: 740 - 28 * at })),
  );
}
