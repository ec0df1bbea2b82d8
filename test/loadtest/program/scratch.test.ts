import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withScratch } from '../../../loadtest/program/scratch.ts';
import { temporaryDirectory } from './release.ts';

test('what a step keeps is renamed out of its directory, and the rest is removed', async () => {
  const parent = path.join(temporaryDirectory(onTestFinished), '.tools');
  const listeners = process.listenerCount('SIGINT');
  await withScratch(parent, async (directory) => {
    expect(path.dirname(directory)).toBe(parent);
    writeFileSync(path.join(directory, 'half'), '');
  });
  expect(readdirSync(parent)).toEqual([]);
  expect(process.listenerCount('SIGINT')).toBe(listeners);
});

test('an error removes it too', async () => {
  const parent = temporaryDirectory(onTestFinished);
  const broken = withScratch(parent, async () => Promise.reject(new Error('broken')));
  await expect(broken).rejects.toThrow('broken');
  expect(readdirSync(parent)).toEqual([]);
});

/** A process that holds a scratch directory in `parent`, and runs a program that connects to `port`. */
async function holdScratch(port = '') {
  const parent = temporaryDirectory(onTestFinished);
  const file = path.join(import.meta.dirname, 'hold-scratch.ts');
  const child = spawn(process.execPath, [file, parent, port], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return { parent, child, ended };
}

describe.skipIf(process.platform === 'win32')('signals (Windows has none)', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the process with exit code %i and leaves nothing behind', async (signal, code) => {
    const { parent, child, ended } = await holdScratch();
    expect(readdirSync(parent)).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(readdirSync(parent)).toEqual([]);
  });

  test('what the process was running ends with it', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const connected = once(server, 'connection');
    const { child, ended } = await holdScratch(String((server.address() as AddressInfo).port));
    const [socket] = (await connected) as [Socket];
    const disconnected = once(socket.on('error', () => {}).resume(), 'close');
    child.kill('SIGTERM');
    await ended;
    await disconnected;
  });

  test('what a killed process left behind is removed by the next', async () => {
    const { parent, child, ended } = await holdScratch();
    const [held = ''] = readdirSync(parent);
    mkdirSync(path.join(parent, 'other'));
    await withScratch(parent, async () => expect(existsSync(path.join(parent, held))).toBe(true));
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(parent).sort()).toEqual([held, 'other'].sort());
    await withScratch(parent, async () => {});
    expect(readdirSync(parent)).toEqual(['other']);
  });
});
