import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileSink, resultLine } from '../../../src/cli/batch/result-file.ts';
import type { BatchResult } from '../../../src/patterns/index.ts';

const results: readonly BatchResult[] = ['a', 'b', 'c'].map((customId) => ({
  customId,
  attempts: 1,
  response: { status: 200, requestId: 'r', body: { text: 'Grüße 🦊' } },
}));
const whole = Buffer.from(results.map(resultLine).join(''));

function place(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-out-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'out.jsonl');
}

async function writeAll(file: string): Promise<void> {
  const sink = await fileSink(file);
  for (const result of results) await sink.write(result);
  sink.close();
}

test('cut anywhere and begun again, every result is there once and whole', { timeout: 30_000 }, async () => {
  const file = place();
  for (let bytes = 0; bytes <= whole.length; bytes += 3) {
    writeFileSync(file, whole.subarray(0, bytes));
    await writeAll(file);
    expect(readFileSync(file).equals(whole), `cut at ${bytes}`).toBe(true);
  }
});

test.each([
  'hello',
  'hello\n',
  '{"a":1}\n',
  `${resultLine(results[0] as BatchResult)}hello`,
  `hello\n${resultLine(results[0] as BatchResult)}`,
])('a file with something else in it is left as it is: %j', async (content) => {
  const file = place();
  writeFileSync(file, content);
  await expect(fileSink(file)).rejects.toMatchObject({ name: 'UsageError' });
  expect(readFileSync(file, 'utf8')).toBe(content);
});
