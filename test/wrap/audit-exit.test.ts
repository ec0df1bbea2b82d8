import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../src/mock/index.ts';
import { newDirectory } from '../account/audit/support.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** A script that makes one call and says nothing of closing anything. */
const script = (url: string, directory: string) => `
  import OpenAI from 'openai';
  import { callWith, fileAuditStore, observe } from './src/index.ts';
  const openai = observe(new OpenAI({ apiKey: 'none', baseURL: ${JSON.stringify(url)} }), {
    alerts: {},
    audit: { store: fileAuditStore(${JSON.stringify(directory)}) },
  });
  await callWith({ user: 'u-42' }, () => openai.embeddings.create({ model: 'text-embedding-3-small', input: 'Hello' }));
`;

test('a process that comes to its end has its audit written first, and does not stay for its alerts', async () => {
  const mock = await startMock({ latency: { firstTokenMs: 0 } });
  onTestFinished(() => mock.close());
  const directory = newDirectory();
  // Alerts are judged for five minutes after the call: a process that they kept would be ended by the test's own limit.
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(mock.url, directory)], {
    cwd: root,
  });
  const [name = ''] = readdirSync(directory);
  expect(readFileSync(path.join(directory, name), 'utf8')).toContain(
    '"u-42","embeddings","text-embedding-3-small"',
  );
}, 60_000);
