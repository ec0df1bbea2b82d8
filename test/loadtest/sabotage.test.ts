import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sabotageNames, sabotages } from '../../loadtest/gateway/sabotage/index.ts';
import type { K6 } from '../../loadtest/k6-binary/index.ts';
import type { LoadTestOptions } from '../../loadtest/options.ts';
import { loadRun } from './fixtures/load-run.ts';

/** A k6 that is here already: a test fetches none. */
function presentK6(): K6 | undefined {
  const program = process.platform === 'win32' ? 'k6.exe' : 'k6';
  const inTools = path.resolve(import.meta.dirname, '../../.tools', program);
  const file = process.env['K6'] || (existsSync(inTools) ? inTools : 'k6');
  if (spawnSync(file, ['version']).status !== 0) return undefined;
  return { command: [file], source: 'K6', version: 'present', inContainer: false, hostName: '127.0.0.1' };
}

const k6 = presentK6();
const needsK6 = k6 ? '' : ' (skipped: no k6 in K6, .tools/ or PATH)';
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** So much load that each bug has its occasions, in the scenarios in which it is played. */
const loads: Readonly<Record<string, Partial<LoadTestOptions>>> = {
  chaos: { durationMs: 5_000, jsonPerSecond: 16, streamsPerSecond: 4 },
  'retry-after': { durationMs: 4_000, jsonPerSecond: 16, streamsPerSecond: 4 },
  'broken-streams': { durationMs: 5_000, jsonPerSecond: 2, streamsPerSecond: 14 },
  quota: { durationMs: 4_000, jsonPerSecond: 20, streamsPerSecond: 6 },
  slow: { durationMs: 6_000, jsonPerSecond: 12, streamsPerSecond: 18 },
};

/** What broke, and in which way; thresholds are left out, because they measure the machine too. */
async function broken(options: Partial<LoadTestOptions>) {
  const scenario = options.scenario ?? '';
  const { report } = await loadRun({ options: { ...loads[scenario], ...options }, ...(k6 && { k6 }) });
  expect(report.header.partial).toBe(false);
  const found = report.invariants.filter(({ difference }) => difference !== 0);
  return { found: found.map(({ id, broken: how }) => ({ id, how })), report };
}

describe.skipIf(!k6)(`a short run with a real k6${needsK6}`, () => {
  it('breaks no invariant when nothing is planted', async () => {
    const { found, report } = await broken({ scenario: 'chaos' });
    expect(found).toEqual([]);
    expect(report.errors.some(({ errorType }) => errorType === '429')).toBe(true);
  }, 60_000);

  it.for(sabotageNames)(
    'turns red under --sabotage %s by the one invariant that names it',
    { timeout: 90_000 },
    async (sabotage, { skip }) => {
      const { invariant: id, named, scenarios } = sabotages[sabotage];
      const [scenario] = scenarios;
      skip(scenario === 'quota' && !hasRedis, 'no redis-server here');
      const { found, report } = await broken({ scenario, sabotage });
      expect(found).toEqual([{ id, how: [expect.stringContaining(` × ${named}`)] }]);
      expect(report.verdict.green).toBe(false);
      expect(report.verdict.reasons).toContainEqual(
        expect.stringMatching(new RegExp(`^${id} is broken.*${named}`)),
      );
    },
  );
});
