import { spawnSync } from 'node:child_process';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { sabotageNames, sabotages } from '../../loadtest/gateway/sabotage/index.ts';
import type { LoadTestOptions } from '../../loadtest/options.ts';
import { provingRun } from './fixtures/load-run.ts';
import { needsK6, presentK6 } from './fixtures/present-k6.ts';

const k6 = presentK6();
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** So much load that each bug has its occasions, in the scenarios in which it is played. */
const loads: Readonly<Record<string, Partial<LoadTestOptions>>> = {
  chaos: { durationMs: 5_000, jsonPerSecond: 16, streamsPerSecond: 4 },
  'retry-after': { durationMs: 6_000, jsonPerSecond: 16, streamsPerSecond: 4 },
  'broken-streams': { durationMs: 7_000, jsonPerSecond: 2, streamsPerSecond: 14 },
  quota: { durationMs: 4_000, jsonPerSecond: 20, streamsPerSecond: 6 },
  slow: { durationMs: 6_000, jsonPerSecond: 12, streamsPerSecond: 18 },
};

/** A run waits more than it works, so two cores have room for several; how long one stands in line counts as its time. */
const atOnce = pLimit(3);
const timeout = 400_000;

/** What broke, and in which way; thresholds are left out, because they measure the machine too. */
async function broken(options: Partial<LoadTestOptions>) {
  const scenario = options.scenario ?? '';
  const { report } = await atOnce(() =>
    provingRun({ options: { ...loads[scenario], ...options }, ...(k6 && { k6 }) }),
  );
  expect(report.header.partial).toBe(false);
  const found = report.invariants.filter(({ difference }) => difference !== 0);
  return { found: found.map(({ id, broken: how }) => ({ id, how })), report };
}

describe.skipIf(!k6)(`a short run with a real k6${needsK6}`, { timeout, concurrent: true }, () => {
  it('breaks no invariant when nothing is planted', async ({ expect }) => {
    const { found, report } = await broken({ scenario: 'chaos' });
    expect(found).toEqual([]);
    expect(report.errors.some(({ errorType }) => errorType === '429')).toBe(true);
  });

  it.for(sabotageNames)(
    'turns red under --sabotage %s by the one invariant that names it',
    async (sabotage, { skip, expect }) => {
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
