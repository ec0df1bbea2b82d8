import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { surveyFile } from '../../../src/cli/batch/survey.ts';

async function surveyOf(line: object) {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-survey-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'r.jsonl');
  writeFileSync(file, `${JSON.stringify(line)}\n`);
  return await surveyFile(file, { model: 'gpt-5-mini' });
}

test('a short text costs at most what it does with the frame of its message, which the provider counts', async () => {
  const bounds = { max_output_tokens: 1 };
  const { mostUsd = 0 } = await surveyOf({ input: 'Hi', ...bounds });
  // 4 tokens around a message and 3 before the answer, at half of 0.25 USD a million; an answer of one at half of 2.
  expect(mostUsd).toBeGreaterThanOrEqual((8 * 0.125 + 1) / 1e6);
  const message = await surveyOf({ input: [{ role: 'user', content: 'Hi' }], ...bounds });
  expect(mostUsd).toBe(message.mostUsd);
  const instructed = await surveyOf({ input: 'Hi', instructions: 'Short.', ...bounds });
  expect(instructed.mostUsd).toBeGreaterThanOrEqual(mostUsd + (6 * 0.125) / 1e6);
});

test('what is embedded has no frame', async () => {
  const { inputTokens } = await surveyOf({
    url: '/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: 'four' },
  });
  expect(inputTokens).toBe(1);
});
