import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withScratch } from '../../../loadtest/k6-binary/scratch.ts';
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

describe.skipIf(process.platform === 'win32')('signals (Windows has none)', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends the process and leaves nothing behind',
    async (signal) => {
      const parent = temporaryDirectory(onTestFinished);
      const child = spawn(process.execPath, [path.join(import.meta.dirname, 'hold-scratch.ts'), parent], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(readdirSync(parent).length).toBe(1);
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  test('what a killed process left behind is removed by the next', async () => {
    const parent = temporaryDirectory(onTestFinished);
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'hold-scratch.ts'), parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
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
