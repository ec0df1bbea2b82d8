import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Figures } from '../../bench/limiters/measure-limiter.ts';
import { runChild } from '../../bench/limiters/run-child.ts';
import { failures, type Row, table } from '../../bench/limiters/table.ts';
import { worstWindow } from '../../bench/limiters/windows.ts';

const root = path.resolve(import.meta.dirname, '../..');

const speed = (sequentialPerSecond: number): Figures['speed'] => ({
  sequentialPerSecond,
  inFlightPerSecond: sequentialPerSecond * 2,
});
const memory = (bytesPerWaiter: number): Figures['memory'] => ({ bytesPerWaiter, enqueueMs: 1_234.5 });
const accuracy = (saturated: number, bursts: number): Figures['accuracy'] => ({
  saturated: { exact: saturated, withSlack: 100 },
  bursts: { exact: bursts, withSlack: bursts - 1 },
});

const row: Row = {
  subject: { name: 'one', limits: 4, knows: { tokens: 'yes', priorities: 'yes', settlement: 'partly' } },
  version: '1.0.0',
  results: {
    speed: [speed(1_000_000), speed(3), speed(999_999.6)],
    memory: [memory(300), memory(320.4), memory(9_000)],
    accuracy: [accuracy(100, 190), accuracy(104, 150), accuracy(101, 199)],
  },
};

describe('the table', () => {
  test('gives medians over the rounds, and of the windows the worst of all', () => {
    const [titles = '', , ...rows] = table([row]);
    expect(titles).toMatch(/^limiter +version +limits +acquires\/s +1,000 in flight +bytes\/waiter/);
    expect(rows.map((line) => line.split(/ {2,}/))).toEqual([
      [
        'one',
        '1.0.0',
        '4',
        '1,000,000',
        '1,999,999',
        '320',
        '1,235 ms',
        '104 (100)',
        '199 (198)',
        'tokens, priorities, (settlement)',
      ],
    ]);
    expect(failures([row])).toEqual([]);
  });

  test('leaves out what could not be measured, and names it with the reason', () => {
    const stuck: Row = {
      ...row,
      subject: { name: 'stuck', limits: 1, knows: {} },
      results: { ...row.results, speed: { notMeasured: 'given up after 60 s' } },
    };
    expect(table([stuck]).at(-1)?.split(/ {2,}/)).toEqual([
      'stuck',
      '1.0.0',
      '1',
      '-',
      '-',
      '320',
      '1,235 ms',
      '104 (100)',
      '199 (198)',
      '-',
    ]);
    expect(failures([row, stuck])).toEqual(['stuck: no speed: given up after 60 s.']);
  });
});

describe('the worst window', () => {
  test('holds one of its ends and not the other', () => {
    expect(worstWindow([0, 1_000], 1_000)).toBe(1);
    expect(worstWindow([0, 999.9], 1_000)).toBe(2);
    expect(worstWindow([], 1_000)).toBe(0);
  });

  test('is the most that a window from any start on holds', () => {
    const times = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 2_000 }), (timesMs, windowMs) => {
        const counts = timesMs.map(
          (from) => timesMs.filter((at) => at >= from && at < from + windowMs).length,
        );
        expect(worstWindow(timesMs, windowMs)).toBe(Math.max(0, ...counts));
      }),
    );
  });
});

test('what goes wrong in a limiter’s process comes back as a reason, not as a crash of the bench', async () => {
  await expect(runChild('cockatiel', 'speed')).rejects.toThrow(/^Error: No limiter is called cockatiel\.$/);
}, 60_000);

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, ['scripts/launch.mjs', 'bench/limiters.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

test('npm run bench:limiters measures the limiter that it is asked for', () => {
  const { status, stdout } = bench('--only', 'telltale', '--rounds', '1');
  // How much is no matter here; that each column has a figure is.
  const cells = stdout
    .split('\n')
    .find((line) => line.startsWith('telltale'))
    ?.split(/ {2,}/);
  expect(cells).toEqual([
    'telltale',
    expect.stringMatching(/^\d+\.\d+\.\d+$/),
    '4',
    expect.stringMatching(/^[\d,]+$/),
    expect.stringMatching(/^[\d,]+$/),
    expect.stringMatching(/^[\d,]+$/),
    expect.stringMatching(/^[\d,]+ ms$/),
    expect.stringMatching(/^\d+ \(\d+\)$/),
    expect.stringMatching(/^\d+ \(\d+\)$/),
    'day and minute at once, tokens, priorities, abort, settlement',
  ]);
  expect(stdout).toContain(`Node ${process.version}, ${process.platform} ${process.arch}`);
  expect(status).toBe(0);
}, 120_000);

test('npm run bench:limiters -- --help says what it takes', () => {
  const { status, stdout } = bench('--help');
  expect(stdout).toContain('--only NAME');
  expect(status).toBe(0);
}, 60_000);
