import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnv } from '../../../loadtest/child-env.ts';
import type { K6Config } from '../../../loadtest/k6/config.ts';
import { k6Arguments, startK6 } from '../../../loadtest/k6-process.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { startMock } from '../../../src/mock/index.ts';
import { provingRun } from '../fixtures/load-run.ts';
import { needsK6, presentK6 } from '../fixtures/present-k6.ts';

const k6 = presentK6();
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A short run of little load with a real k6. What is a matter of the machine's pace is not asked about. */
async function ran(scenario: string, rate = 10): Promise<RunReport> {
  const { report } = await provingRun({
    options: { scenario, durationMs: 6_000, jsonPerSecond: rate, streamsPerSecond: 3, isBrief: true },
    ...(k6 && { k6 }),
  });
  return report;
}

const differences = ({ invariants }: RunReport) => invariants.map(({ id, difference }) => [id, difference]);

function condition({ thresholds }: RunReport, name: string): string | undefined {
  const found = thresholds.find((one) => one.name === name);
  return found && `${found.ok ? 'met' : 'not met'}: ${found.measured}`;
}

describe.skipIf(!k6)(`a short run with a real k6${needsK6}`, { timeout: 120_000 }, () => {
  it('of aborts: every hang-up comes through to the provider, and the books agree', async () => {
    const report = await ran('aborts', 20);
    expect(differences(report).filter(([, difference]) => difference !== 0)).toEqual([]);
    expect(condition(report, 'callers who hung up')).toMatch(/^met/);
    expect(condition(report, 'requests that stayed open at the provider')).toBe('met: 0');
    expect(condition(report, 'requests that the provider saw neither closed nor whole')).toBe('met: 0');
    expect(condition(report, 'billed, and not in the telemetry')).toBe('met: 0');
    expect(condition(report, 'their calls, cancelled or crossed by the answer')).toMatch(/^met/);
    expect(report.errors.some(({ outcome }) => outcome === 'cancelled')).toBe(true);
  });

  it('of collector-down: I10 holds while it is away', async () => {
    const report = await ran('collector-down');
    expect(differences(report)).toEqual([
      ['I1', 0],
      ['I2', 0],
      ['I8', 0],
      ['I9', 0],
      ['I10', 0],
    ]);
    expect(condition(report, 'the collector was gone for')).toMatch(/^met/);
  });

  it.skipIf(!hasRedis)('of a fleet: what one lost is known, and the others’ books agree', async () => {
    const report = await ran('fleet', 20);
    // A call that a busy machine holds up for longer than the limiter's margin meets the next part of a short window (I4).
    const held = differences(report).filter(([id]) => id !== 'I4');
    expect(held).toEqual(['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9'].map((id) => [id, 0]));
    expect(report.header.partial).toBe(false);
    for (const name of [
      'a gateway was killed',
      'lost calls that were in flight in it',
      'calls that the others lost',
      'neither served nor refused nor lost',
      'requests that stayed open at the provider',
    ])
      expect(condition(report, name)).toMatch(/^met/);
  });

  it('of a soak measures the gateway', async () => {
    const report = await ran('soak');
    expect(differences(report).filter(([, difference]) => difference !== 0)).toEqual([]);
    expect(differences(report).map(([id]) => id)).toContain('I5');
  });

  it.each(['gateway', 'mock provider'])('ends with a sentence when k6 cannot reach the %s', async (name) => {
    const { exitCode, said } = await begun({ gatewayUrls: name === 'gateway' ? [nowhere] : [] });
    expect(exitCode).toBe(108);
    expect(said).toContain(`The ${name} at ${nowhere} cannot be reached from k6: `);
    expect(said).toContain('connection refused');
  });

  it('ends with what the mock says when it does not accept the schedule', async () => {
    const mock = await startMock();
    const { origin } = new URL(mock.url);
    const { exitCode, said } = await begun({ mockUrl: origin, mockStart: { schedule: [{ forMs: -1 }] } });
    await mock.close();
    expect(exitCode).toBe(108);
    expect(said).toContain(`The mock provider at ${origin} answered with HTTP 400: `);
    expect(said).toContain('schedule[0].forMs');
  });
});

const nowhere = 'http://127.0.0.1:1';

/** How k6 ends where it has no gateway, and no mock unless one is given. */
async function begun(change: Partial<K6Config>) {
  const config: K6Config = {
    gatewayUrls: [],
    mockUrl: nowhere,
    seed: 1,
    jsonPerSecond: 1,
    streamsPerSecond: 0,
    durationMs: 4_000,
    secondsInCall: 3,
    isPrioritised: false,
    areJobs: false,
    mockStart: {},
    phases: [{ name: 'calm', fromMs: 0, toMs: 4_000 }],
    thresholds: {},
    ...change,
  };
  const script = path.resolve(import.meta.dirname, '../../../loadtest/k6/run.ts');
  const lines: string[] = [];
  const [file = ''] = k6?.command ?? [];
  const command = [file, ...k6Arguments(script, config)];
  const { exitCode, complaints } = await startK6(command, childEnv(process.env, {}), (line) =>
    lines.push(line),
  ).ended;
  return { exitCode, said: [...lines, ...complaints].join('\n') };
}
