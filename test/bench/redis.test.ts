import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RedisFigures } from '../../bench/redis/measure-redis.ts';
import { type RedisRow, redisTable } from '../../bench/redis/table.ts';
import { hasRedis } from '../admit/redis/redis-server.ts';

const root = path.resolve(import.meta.dirname, '../..');

const speed = (perSecond: number, tripsPerAdmission: number): RedisFigures['speed'] => ({
  sequential: { perSecond, tripsPerAdmission },
  concurrent: { perSecond: perSecond * 3, tripsPerAdmission },
});

const row = (name: string, speeds: RedisRow['speeds'], isOwn = false): RedisRow => ({
  name,
  version: '1.0.0',
  isOwn,
  limits: 1,
  speeds,
  windows: [
    { exact: 200, withSlack: 199 },
    { exact: 210, withSlack: 180 },
  ],
});

const cells = (line: string | undefined) => line?.trim().split(/ {2,}/);

test('the table gives medians, the worst window of all, and ratios to the faster of the others', () => {
  const own = row('own', [speed(30_000, 0.06), speed(40_000, 0.05), speed(90_000, 0.07)], true);
  const [, , ...lines] = redisTable([own, row('slow', [speed(2_000, 1)]), row('fast', [speed(4_000, 1)])]);
  expect(lines.map(cells)).toEqual([
    ['own', '1.0.0', '1', '40,000', '10.00 ×', '0.060', '120,000', '30.00 ×', '0.060', '210 (199)'],
    ['slow', '1.0.0', '1', '2,000', '0.50 ×', '1.000', '6,000', '1.50 ×', '1.000', '210 (199)'],
    ['fast', '1.0.0', '1', '4,000', '1.00 ×', '1.000', '12,000', '3.00 ×', '1.000', '210 (199)'],
  ]);
});

test('the table leaves out ratios where there is nothing to compare with, and what was not measured', () => {
  const own = row('own', [speed(1_000, 0.5)], true);
  const missing = { ...row('gone', []), windows: [] };
  const [, , ...lines] = redisTable([own, missing]);
  expect(cells(lines[0])?.slice(3, 6)).toEqual(['1,000', '-', '0.500']);
  expect(cells(lines[1])?.slice(3)).toEqual(['-', '-', '-', '-', '-', '-', '-']);
});

function bench(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
  return spawnSync(process.execPath, ['bench/redis.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
}

test('npm run bench:redis says plainly that it is skipped where there is no redis-server', () => {
  const { status, stdout } = bench({ PATH: '' });
  expect(stdout).toMatch(/^Skipped: there is no redis-server on this machine/);
  expect(status).toBe(0);
}, 60_000);

test.skipIf(!hasRedis)(
  'npm run bench:redis measures over a real Redis, one round trip an admission without leases',
  () => {
    const { status, stdout } = bench({}, '--only', 'telltale lease: false', '--rounds', '1');
    const line = stdout.split('\n').find((one) => one.startsWith('telltale lease: false'));
    const [, , , perSecond, ratio, trips, atOnce] = cells(line) ?? [];
    expect({ perSecond, ratio, trips, atOnce }).toEqual({
      perSecond: expect.stringMatching(/^[\d,]+$/),
      ratio: '-',
      // A beat of the process may fall in between.
      trips: expect.stringMatching(/^1\.0\d\d$/),
      atOnce: expect.stringMatching(/^[\d,]+$/),
    });
    expect(status).toBe(0);
  },
  120_000,
);
