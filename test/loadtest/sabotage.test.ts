import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sabotages } from '../../loadtest/gateway/sabotage.ts';
import type { K6 } from '../../loadtest/k6-binary/index.ts';
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
const run = { options: { scenario: 'chaos', durationMs: 5_000, jsonPerSecond: 50, streamsPerSecond: 15 } };
const needsK6 = k6 ? '' : ' (skipped: no k6 in K6, .tools/ or PATH)';

describe.skipIf(!k6)(`a short run with a real k6${needsK6}`, () => {
  it('is green when nothing is planted', async () => {
    const { report } = await loadRun({ ...run, ...(k6 && { k6 }) });
    expect(report.verdict).toEqual({ green: true, reasons: [] });
    expect(report.invariants.map(({ difference }) => difference)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(report.errors.some(({ errorType, outcome }) => errorType === '429' && outcome === 'ok')).toBe(
      true,
    );
  }, 60_000);

  const named = { 'lost-attempt': 'I3', 'double-tokens': 'I6', 'open-span': 'I7' } as const;
  it.each(sabotages)(
    'turns red under --sabotage %s by the one invariant that names it',
    async (sabotage) => {
      const { report } = await loadRun({ options: { ...run.options, sabotage }, ...(k6 && { k6 }) });
      expect(report.verdict.green).toBe(false);
      expect(report.verdict.reasons).toEqual([expect.stringContaining(`${named[sabotage]} is broken`)]);
    },
    60_000,
  );
});
