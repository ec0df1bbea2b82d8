import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const bench = path.resolve(import.meta.dirname, '../../bench/mock.ts');

function run(...args: string[]) {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', bench, ...args], {
    encoding: 'utf8',
  });
}

test('offers calls and streams, counts those that came whole, and ends', () => {
  const { status, stdout } = run('--json', '30', '--streams', '5', '--seconds', '1');
  expect(status).toBe(0);
  expect(stdout).toMatch(/JSON calls, 30 a second\n {2}answered {4}30 of 30\n/);
  expect(stdout).toMatch(/streams of 20 tokens, 5 a second\n {2}answered {4}5 of 5\n/);
}, 60_000);

test('a nonsensical amount is named', () => {
  const { status, stderr } = run('--json', '0');
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'Expected `--json` to be a whole number from 1 to 100000, got `0`.\n',
  });
}, 30_000);
