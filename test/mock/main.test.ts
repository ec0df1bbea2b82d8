import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { mockForTest } from './support.ts';

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [path.resolve('src/mock/main.ts'), ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The one line that it prints when it listens. */
async function ready(child: ChildProcess): Promise<string> {
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const message = JSON.parse(line);
  expect(message).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/) });
  return message.url;
}

async function failure(child: ChildProcess) {
  const message = text(child.stderr ?? process.stdin);
  const [code] = await once(child, 'exit');
  return { code, message: await message };
}

async function jsonFile(content: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mock-main-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'options.json');
  await writeFile(file, content);
  return file;
}

test.skipIf(process.platform === 'win32')(
  'the process says where it listens and ends cleanly on SIGTERM',
  async () => {
    const file = await jsonFile('[{"name":"storm","forMs":60000,"faults":[{"status":503,"rate":1}]}]');
    const child = run('--port', '0', '--seed', '9', '--schedule', file, '--loop');
    const url = await ready(child);
    const state = await (await fetch(new URL('/__control/state', url))).json();
    expect(state).toMatchObject({ seed: 9, loop: true, phase: 'storm' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);

test('the process enforces the limits that it is given', async () => {
  const limits = [{ requests: 100, per: 'minute', models: ['gpt-5*'] }];
  const file = await jsonFile(JSON.stringify(limits));
  const flags = ['--enforce-per-second', '--per-key', '--ignore-refused', '--ignore-actual'];
  const url = await ready(run('--limits', file, '--law', 'window', ...flags));
  const state = await (await fetch(new URL('/__control/state', url))).json();
  expect(state).toMatchObject({
    limits,
    law: 'window',
    enforcePerSecond: true,
    perKey: true,
    countRefused: false,
    chargeActual: false,
  });
});

test('the process answers what it is told to', async () => {
  const file = await jsonFile('- match: { text: Ahoy }\n  answer: Aye\n');
  const url = await ready(run('--answers', file));
  const answer = await fetch(`${url}/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer any' },
    body: JSON.stringify({ model: 'gpt-4o', input: 'Ahoy!' }),
  });
  expect(await answer.json()).toMatchObject({ output: [{ content: [{ text: 'Aye' }] }] });
});

test('the process ends when its parent closes its stdin, if it was told to', async () => {
  const child = run('--exit-with-parent');
  await ready(child);
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('the process ends when its parent goes away, if it was told to', async () => {
  const child = spawn(process.execPath, [path.resolve('src/mock/main.ts'), '--exit-with-parent'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await ready(child);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a process whose port is shut lives on, and listens again', async () => {
  const file = await jsonFile('[{"forMs":500,"faults":[{"kind":"refuse","rate":1}]}]');
  const url = await ready(run('--schedule', file));
  const isUp = () =>
    fetch(new URL('/healthz', url)).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isUp, { timeout: 10_000 }).toBe(true);
}, 20_000);

test('a mistake is told in one sentence', async () => {
  const wrong = await jsonFile('[{"forMs":1,"faults":[{"status":429,"rate":3}]}]');
  expect(await failure(run('--schedule', wrong))).toEqual({
    code: 2,
    message: `${wrong}:1:37: Expected \`phases[0].faults[0].rate\` to be a number from 0 to 1, got \`3\` (number)\n`,
  });
});

test('a port in use ends the process with the way out', async () => {
  const other = await mockForTest();
  const { port } = new URL(other.url);
  const { code, message } = await failure(run('--port', port));
  expect(code).toBe(1);
  expect(message).toContain(`Port ${port} on 127.0.0.1 is in use.`);
});
