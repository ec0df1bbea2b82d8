import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { clearOutput, writeBooks } from '../../../loadtest/report/files.ts';
import { booksOf, exampleBooks } from '../reconcile/example-books.ts';

it('writes the three books as JSON that reads back as they were', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-'));
  clearOutput(directory);
  const books = booksOf(exampleBooks());
  const files = await writeBooks(directory, books);
  const [k6, telemetry, mock] = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  expect(k6).toEqual(books.k6);
  expect(telemetry).toEqual(books.telemetry);
  expect(mock).toEqual({ requests: books.mock });
});

it('clears what an earlier run left, and nothing else', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-'));
  for (const name of ['report.html', 'mine.txt']) writeFileSync(path.join(directory, name), '');
  clearOutput(directory);
  expect(existsSync(path.join(directory, 'report.html'))).toBe(false);
  expect(existsSync(path.join(directory, 'mine.txt'))).toBe(true);
});
