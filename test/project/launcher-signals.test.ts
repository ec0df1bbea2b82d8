import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root } from './source.ts';

const waits = `process.stdout.write('waiting'); setTimeout(() => {}, 60_000);`;

/** Launches a file with this text, sends the launcher `signal` once the file has said something, and waits. */
async function launchAndSend(
  text: string,
  signal?: NodeJS.Signals,
): Promise<[code: unknown, signal: unknown]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-launch-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(path.join(directory, 'scripts'));
  copyFileSync(path.join(root, 'scripts/launch.mjs'), path.join(directory, 'scripts/launch.mjs'));
  writeFileSync(path.join(directory, 'file.mjs'), text);
  const launcher = spawn(process.execPath, ['scripts/launch.mjs', 'file.mjs'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(launcher, 'exit');
  launcher.stdout.on('data', () => signal && launcher.kill(signal));
  const [code, endedBy] = await ended;
  return [code, endedBy];
}

describe.skipIf(process.platform === 'win32')('the launcher (Windows has no signals)', () => {
  test('passes SIGTERM on, and does not call what it ended a success', async () => {
    expect(await launchAndSend(waits, 'SIGTERM')).toEqual([null, 'SIGTERM']);
  });

  test('keeps the exit code of a child that ends in its own way', async () => {
    const tidy = `process.on('SIGTERM', () => process.exit(7)); ${waits}`;
    expect(await launchAndSend(tidy, 'SIGTERM')).toEqual([7, null]);
  });

  // Ctrl-C reaches both through the terminal; here only the child gets it.
  test('ends by the interrupt that ended its child', async () => {
    expect(await launchAndSend(`process.kill(process.pid, 'SIGINT'); ${waits}`)).toEqual([null, 'SIGINT']);
  });

  test('lets a child that tidies up after an interrupt end first', async () => {
    const tidy = `process.once('SIGINT', () => process.exit(130)); process.kill(process.pid, 'SIGINT'); ${waits}`;
    expect(await launchAndSend(tidy, 'SIGINT')).toEqual([130, null]);
  });
});
