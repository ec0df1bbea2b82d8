import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { K6Config } from '../../loadtest/k6/config.ts';
import { fakeK6 } from './fixtures/load-run.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const main = path.resolve(import.meta.dirname, '../../loadtest/main.ts');

/** A program that says a version as k6 does, and is the fake one otherwise. */
function fakeProgram(folder: string): string {
  const file = path.join(folder, 'k6');
  const command = fakeK6.command.map((part) => `'${part}'`).join(' ');
  writeFileSync(
    file,
    `#!/bin/sh\nif [ "$1" = version ]; then echo 'k6 v1.0.0 (fake)'; exit 0; fi\nexec ${command} "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

const started: ChildProcess[] = [];

// Where a test fails midway: the end of the command is the end of its children.
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const closed = once(child, 'close');
    // The first lets it finish, the second does not; the next one wants its folder.
    for (let times = 0; times < 2; times++) child.kill('SIGTERM');
    await closed;
  }
});

/** Starts the command, and tells its process and what k6 was told once its calls are made. */
async function underWay(args: readonly string[], fake: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-stop-'));
  const ready = path.join(folder, 'ready');
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      main,
      '--rate',
      '5',
      '--duration',
      '20s',
      '--seed',
      '5',
      ...args,
    ],
    {
      env: {
        ...process.env,
        K6: fakeProgram(folder),
        FAKE_K6: fake,
        FAKE_K6_READY: ready,
        FAKE_K6_PID: `${ready}.pid`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let said = '';
  child.stdout.on('data', (piece) => {
    said += piece;
  });
  child.stderr.on('data', (piece) => {
    said += piece;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await expect.poll(() => existsSync(ready) && existsSync(`${ready}.pid`), { timeout: 90_000 }).toBe(true);
  const config = JSON.parse(readFileSync(ready, 'utf8')) as K6Config;
  return { child, ended, said: () => said, config, k6Pid: Number(readFileSync(`${ready}.pid`, 'utf8')) };
}

/** Whether somebody listens there. */
function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectNothingLeft({ gatewayUrls, mockUrl }: K6Config, k6Pid: number): Promise<void> {
  // A killed process has its port until the system has buried it.
  for (const url of [...gatewayUrls, mockUrl])
    await expect.poll(() => isOpen(url), { timeout: 10_000, message: url }).toBe(false);
  await expect.poll(() => isAlive(k6Pid), { timeout: 10_000 }).toBe(false);
}

describe.skipIf(process.platform === 'win32')('Ctrl-C midway', { timeout: 120_000 }, () => {
  it.each(['calm', 'storm', 'collector-down', 'soak', ...(hasRedis ? ['fleet'] : [])])(
    'in %s ends the children, frees the ports and leaves a partial report',
    async (scenario) => {
      const { child, ended, said, config, k6Pid } = await underWay(['--scenario', scenario], 'hang');
      expect(await isOpen(config.mockUrl)).toBe(true);
      child.kill('SIGINT');
      expect(await ended).toBe(1);
      expect(said()).toContain('Stopping: taking the books as they are');
      expect(said()).toContain('cut short: it was stopped by SIGINT');
      await expectNothingLeft(config, k6Pid);
    },
  );

  it('in a tour ends the turn that runs and begins no other', async () => {
    const { child, ended, said, config, k6Pid } = await underWay(['--scenario', 'tour'], 'hang');
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(said()).toMatch(/^ {2}cut short +chaos /m);
    expect(said()).toMatch(/^ {2}not run +soak /m);
    expect(said()).toContain('RED: 0 of');
    await expectNothingLeft(config, k6Pid);
  });

  it('twice ends everything at once', async () => {
    const { child, ended, said, config, k6Pid } = await underWay(['--scenario', 'calm'], 'deaf');
    child.kill('SIGINT');
    await expect.poll(said, { timeout: 20_000 }).toContain('Once more ends at once');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    await expectNothingLeft(config, k6Pid);
  });
});
