import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  filesOfPart,
  makePlan,
  makeSpool,
  type PlanSetting,
  removeSpool,
} from '../../../src/patterns/batch/plan.ts';

const bounds = {
  requests: 50_000,
  bytes: 1_000_000,
  inputs: 50_000,
  tokensOf: () => Number.POSITIVE_INFINITY,
};

function folder(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-plan-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function plan(content: string | Uint8Array, setting: Partial<PlanSetting> = {}) {
  const directory = folder();
  const file = path.join(directory, 'requests.jsonl');
  writeFileSync(file, content);
  return await makePlan({
    requests: file,
    endpoint: undefined,
    model: 'gpt-5',
    bounds,
    directory,
    ...setting,
  });
}

const linesOf = (directory: string, part: number): readonly unknown[] =>
  readFileSync(filesOfPart(directory, part).lines, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test("a file may have the API's own lines, short ones, a byte order mark, CRLF and blank lines", async () => {
  const lines = [
    '\ufeff{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5-mini","messages":[]}}',
    '{"custom_id":"b","body":{"messages":[]}}',
    '',
    '{"messages":[{"role":"user","content":"Hi"}],"temperature":0}',
  ];
  const { endpoint, parts, directory } = await plan(lines.join('\r\n'));
  expect(endpoint).toBe('/v1/chat/completions');
  expect(parts.map(({ model, requests }) => ({ model, requests }))).toEqual([
    { model: 'gpt-5-mini', requests: 1 },
    { model: 'gpt-5', requests: 2 },
  ]);
  const head = { method: 'POST', url: '/v1/chat/completions' };
  expect(linesOf(directory, 1)).toEqual([
    { custom_id: 'b', ...head, body: { model: 'gpt-5', messages: [] } },
    {
      custom_id: 'request-4',
      ...head,
      body: { model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }], temperature: 0 },
    },
  ]);
});

test('what a file has that cannot be sent is told by file and line, at most twenty times', async () => {
  const lines = [
    '{"input":"ok"}',
    '{oops',
    '[]',
    '{"body":1}',
    '{"body":{"input":""},"extra":1}',
    '{"body":{"model":7}}',
    '{"method":"GET","body":{}}',
  ];
  await expect(plan(lines.join('\n'))).rejects.toMatchObject({
    code: 'invalid_option',
    message: expect.stringMatching(
      /^Nothing was sent, because of\n {2}requests.jsonl:2 is no JSON \(.*\)\n {2}requests.jsonl:3 is no JSON object\n {2}requests.jsonl:4 has a `body` that is no object\n {2}requests.jsonl:5 has an unknown field `extra` beside `body`\n {2}requests.jsonl:6 names no `model`\n {2}requests.jsonl:7 has a `method` other than POST$/,
    ),
  });
  await expect(plan('{oops\n'.repeat(30))).rejects.toThrow(/jsonl:20 .*\n {2}There may be more\.$/);
});

test('rubbish is refused with what it is', async () => {
  await expect(plan('')).rejects.toThrow('requests.jsonl` has no requests: there is nothing to send.');
  await expect(plan('\n\r\n  ')).rejects.toThrow('has no requests');
  await expect(plan(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0, 1))).rejects.toThrow(
    'requests.jsonl:1 is not UTF-8 text',
  );
  await expect(plan(`{"input":"${'x'.repeat(1_000_000)}"}`)).rejects.toThrow(
    'requests.jsonl:1 is longer than 1000000 bytes',
  );
  await expect(plan(`{"input":"${'x'.repeat(999_950)}"}`)).rejects.toThrow(
    /has \d+ bytes, and a batch takes 1000000/,
  );
  await expect(plan('{"input":"x"}', { requests: '/nowhere/at.jsonl' })).rejects.toThrow(
    'Cannot read `/nowhere/at.jsonl`: there is no such file.',
  );
  await expect(plan('{"input":"x"}', { requests: tmpdir() })).rejects.toThrow('it is a folder');
  await expect(plan('{"url":"/v1/nothing","body":{}}')).rejects.toThrow(
    'Expected `options.endpoint` to be one of',
  );
});

test('embeddings are divided by their inputs too, of which tokens are one', async () => {
  const line = (input: unknown): string => JSON.stringify({ url: '/v1/embeddings', body: { input } });
  const lines = [line(['a', 'b', 'c']), line([1, 2, 3, 4]), line('text'), line(['d', 'e'])];
  const { parts } = await plan(lines.join('\n'), { bounds: { ...bounds, inputs: 4 } });
  expect(parts.map(({ requests, inputs }) => [requests, inputs])).toEqual([
    [2, 4],
    [2, 3],
  ]);
  await expect(plan(lines.join('\n'), { bounds: { ...bounds, inputs: 2 } })).rejects.toThrow(
    'has 3 inputs, and a batch takes 2',
  );
});

test('thirty thousand requests are divided without being held', async () => {
  const directory = folder();
  const text = 'x'.repeat(1_000);
  function* many(): Generator<unknown> {
    for (let index = 0; index < 30_000; index++) yield { body: { input: text } };
  }
  let most = 0;
  async function* watched(): AsyncGenerator<unknown> {
    let count = 0;
    for (const request of many()) {
      if (count++ % 1_000 === 0)
        most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed);
      yield request;
    }
  }
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const { parts, requests } = await makePlan({
    ...{ requests: watched(), endpoint: '/v1/responses', model: 'gpt-5', directory },
    bounds: { ...bounds, bytes: 20_000_000 },
  });
  expect(requests).toBe(30_000);
  expect(parts.length).toBe(2);
  expect(existsSync(filesOfPart(directory, 1).ids)).toBe(true);
  // All of it has 32 MB.
  expect(most - before).toBeLessThan(80_000_000);
});

test('what a record names is removed only where it is a folder for lines', async () => {
  const directory = folder();
  await removeSpool(directory);
  expect(existsSync(directory)).toBe(true);
  const spool = await makeSpool(directory);
  await removeSpool(spool);
  expect(existsSync(spool)).toBe(false);
});
