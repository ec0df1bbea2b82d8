import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conversation, fileRecords } from '../../../src/patterns/index.ts';
import type { ConversationChildTask } from './child.ts';
import { type Model, startModel, ways } from './support.ts';

let model: Model;
let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'telltale-conversation-'));
  model = await startModel();
});
afterEach(async () => {
  await model.mock.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  readonly said: string;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

async function runChild(task: Omit<ConversationChildTask, 'url'>): Promise<Ended> {
  const file = path.join(import.meta.dirname, 'child.ts');
  const args = [file, JSON.stringify({ ...task, url: model.mock.url })];
  // Most of such a short life is reading its sources.
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(tmpdir(), 'telltale-compile-cache') };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return await new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ said, signal, code }));
  });
}

it('goes on after kill -9 at every step, and pays nothing twice', { timeout: 240_000 }, async () => {
  const via = 'conversations';
  const whole = await runChild({ directory: path.join(directory, 'whole'), via, says: ['one'], killAt: 0 });
  expect(whole.code).toBe(0);
  const steps = (JSON.parse(whole.said) as string[]).length;
  expect(steps).toBeGreaterThan(10);
  const runs = Array.from({ length: steps }, (_, at) => async () => {
    const place = path.join(directory, `killed at ${at + 1}`);
    const { signal } = await runChild({ directory: place, via, says: ['one'], killAt: at + 1 });
    expect(signal).toBe('SIGKILL');
    const { client } = model;
    const chat = await conversation({
      client,
      id: 'u',
      model: 'gpt-4.1-mini',
      via,
      store: fileRecords(place),
    });
    const isKept = at > 0;
    expect(
      chat
        .messages()
        .map(({ text }) => text)
        .slice(0, 1),
    ).toEqual(isKept ? ['one'] : []);
    await chat.resume();
    expect(await chat.send('two')).toMatchObject({ text: 're: two', outcome: 'ok' });
    expect(chat.messages().map(({ text }) => text)).toEqual([
      ...(isKept ? ['one', 're: one'] : []),
      'two',
      're: two',
    ]);
    return isKept ? 2 : 1;
  });
  let turns = 1;
  // Two at a time: there are two cores.
  while (runs.length > 0)
    for (const count of await Promise.all(runs.splice(0, 2).map((run) => run()))) turns += count;
  await model.mock.settled();
  const paid = model.mock.ledger().filter(({ finishReason }) => finishReason === 'stop');
  expect(paid).toHaveLength(turns);
});

it.each(ways)(
  'loses no turn of two processes in one conversation, by %s',
  { timeout: 120_000 },
  async (via) => {
    const says = (name: string): string[] => Array.from({ length: 4 }, (_, at) => `${name}${at}`);
    const ended = await Promise.all(
      ['a', 'b'].map((name) => runChild({ directory, via, says: says(name), killAt: 0 })),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const { client, shown } = model;
    const chat = await conversation({
      client,
      id: 'u',
      model: 'gpt-4.1-mini',
      via,
      store: fileRecords(directory),
    });
    const asked = chat
      .messages()
      .filter(({ role }) => role === 'user')
      .map(({ text }) => text);
    expect(asked.toSorted()).toEqual([...says('a'), ...says('b')]);
    expect(asked.filter((text) => text.startsWith('a'))).toEqual(says('a'));
    await chat.send('last');
    expect(shown.at(-1)).toEqual(
      [...asked, 'last'].flatMap((text) => [`user: ${text}`, `assistant: re: ${text}`]).slice(0, -1),
    );
    expect(chat.totals()).toMatchObject({ turns: 9, calls: 9, uncountedCalls: 0 });
  },
);
