import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openRawBook } from '../../../loadtest/otlp/raw-book.ts';

it('keeps every body as one line of JSON, however it was printed', async () => {
  const book = openRawBook(mkdtempSync(path.join(tmpdir(), 'telltale-')));
  book.write('traces', '{"a":1}');
  book.write('traces', '{\n  "b": "x\\ny"\n}');
  book.write('logs', '{}');
  await book.close();
  expect(readFileSync(book.files.traces, 'utf8')).toBe('{"a":1}\n{"b":"x\\ny"}\n');
  expect(readFileSync(book.files.metrics, 'utf8')).toBe('');
  expect(readFileSync(book.files.logs, 'utf8')).toBe('{}\n');
});

it('says that it could not be written', async () => {
  const book = openRawBook(path.join(tmpdir(), 'telltale-nowhere', 'at-all'));
  await expect(book.close()).rejects.toThrow('ENOENT');
});
