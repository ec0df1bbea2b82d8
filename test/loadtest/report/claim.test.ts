import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimFolder } from '../../../loadtest/report/claim.ts';
import { RunFailure } from '../../../loadtest/run-failure.ts';

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'telltale-claim-'));
const fileIn = (directory: string): string => path.join(directory, '.running');

describe('a folder that a run writes to', () => {
  it('is nobody else’s until that run lets it go', () => {
    const directory = path.join(folder(), 'new');
    const release = claimFolder(directory);
    expect(() => claimFolder(directory)).toThrow(RunFailure);
    expect(() => claimFolder(directory)).toThrow(
      `Another run (process ${process.pid}) writes to ${directory}`,
    );
    claimFolder(folder())();
    release();
    claimFolder(directory)();
    expect(existsSync(fileIn(directory))).toBe(false);
  });

  it.each([
    ['has died', () => String(spawnSync(process.execPath, ['-e', '']).pid)],
    ['says nothing', () => ''],
    ['says nonsense', () => 'x'],
    ['is a whole group', () => '-1'],
  ])('is free when its owner %s', (_what, owner) => {
    const directory = folder();
    writeFileSync(fileIn(directory), owner());
    claimFolder(directory)();
  });
});
