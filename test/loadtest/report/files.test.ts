import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clearOutput, keepReport, writeBooks } from '../../../loadtest/report/files.ts';
import { booksOf, exampleBooks } from '../reconcile/example-books.ts';
import { exampleReport } from './example-report.ts';

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

describe.skipIf(process.platform !== 'linux')('a disk that is full', () => {
  it('turns the run red, and what was found is still there to be shown', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'telltale-full-'));
    clearOutput(directory);
    const found = exampleReport();
    const { report, files } = await keepReport(directory, booksOf(exampleBooks()), found, {
      jsonFile: '/dev/full',
    });
    expect(files).toEqual([]);
    expect(report.verdict.green).toBe(false);
    expect(report.verdict.reasons.at(-1)).toMatch(/^the report could not be written: ENOSPC/);
    expect(report.totals).toEqual(found.totals);
  });
});
