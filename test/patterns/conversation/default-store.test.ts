import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { conversation, conversations } from '../../../src/patterns/index.ts';
import { startModel } from './support.ts';

it('is kept in files where the process works, and in nobody’s repository, unless it is said where', async () => {
  const before = process.cwd();
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-default-'));
  process.chdir(folder);
  try {
    const model = await startModel();
    const options = { client: model.client, id: 'u-42', model: 'gpt-5-mini' };
    await (await conversation(options)).send('one');
    const [first] = (await conversation(options)).messages();
    expect(first?.text).toBe('one');
    expect(await conversations().list()).toMatchObject([{ id: 'u-42', turns: 1 }]);
    expect(readdirSync(folder)).toEqual(['.telltale']);
    expect(readFileSync(path.join(folder, '.telltale', '.gitignore'), 'utf8')).toBe('*\n');
    await model.mock.close();
  } finally {
    process.chdir(before);
  }
});
