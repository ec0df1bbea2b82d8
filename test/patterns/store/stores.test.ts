import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { fileRecords, memoryRecords } from '../../../src/patterns/index.ts';
import { describeStore } from './contract.ts';

const root = mkdtempSync(path.join(tmpdir(), 'telltale-records-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describeStore('memoryRecords', () => {
  const store = memoryRecords();
  return { open: () => store };
});

describeStore('fileRecords', () => {
  const directory = path.join(mkdtempSync(path.join(root, 'x')), 'made', 'when needed');
  return { open: () => fileRecords(directory) };
});
