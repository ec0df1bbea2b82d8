import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../loadtest/report/model.ts';
import { readVerdictFile } from '../../loadtest/report/read-verdict-file.ts';
import { terminalReport } from '../../loadtest/report/terminal/report.ts';
import { verdictFileOf } from '../../loadtest/report/verdict-file.ts';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { loadRun } from './fixtures/load-run.ts';
import { exampleReport } from './report/example-report.ts';

/** Two processes are started for each run, which a busy machine takes its time for. */
const timeout = 30_000;

describe('a run', { timeout }, () => {
  it('is green when the books agree, and leaves them behind', async () => {
    const { report, files, outDirectory, said } = await loadRun();
    expect(report.verdict).toEqual({ green: true, reasons: [] });
    expect(report.header.partial).toBe(false);
    expect(said).toBe('');
    expect(files.map((file) => path.relative(outDirectory, file).replaceAll('\\', '/'))).toEqual([
      'report.html',
      'run.json',
      'verdict.json',
      'summary.md',
      'books/k6.json',
      'books/telemetry.json',
      'books/mock.json',
      'otlp-traces.jsonl',
      'otlp-metrics.jsonl',
      'otlp-logs.jsonl',
    ]);
    const read = (name: string): string => readFileSync(path.join(outDirectory, name), 'utf8');
    expect(
      (JSON.parse(read('run.json')) as RunReport).invariants.map(({ difference }) => difference),
    ).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(read('report.html')).toMatch(/^<!doctype html>/i);
    const verdict = readVerdictFile(path.join(outDirectory, 'verdict.json'));
    expect(verdict).toMatchObject({ green: true, partial: false, scenario: 'calm', seed: 5 });
    expect(verdict.telemetry).toMatchObject({ logRecords: 6, duplicates: 0, orphans: 0, refused: 0 });
    expect(verdict.telemetry.exports.traces).toBeGreaterThan(0);
    expect(read('summary.md')).toMatch(/^### ✅ Load test <code>calm<\/code>: green\n/);
    for (const name of ['otlp-traces.jsonl', 'otlp-metrics.jsonl', 'otlp-logs.jsonl']) {
      const lines = read(name).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) JSON.parse(line);
    }
    const calls = (JSON.parse(read('books/k6.json')) as { calls: unknown[] }).calls.length;
    expect(read('otlp-logs.jsonl').match(/"eventName":"telltale\.call"/g)?.length).toBe(calls);
  });

  it('is void when k6 dropped iterations', async () => {
    const { report } = await loadRun({ env: { FAKE_K6: 'dropped' } });
    expect(report.verdict).toMatchObject({ green: false, void: true });
  });

  it('is red when k6 fails, and says what k6 said', async () => {
    const { report } = await loadRun({ env: { FAKE_K6: 'crash' } });
    expect(report.verdict.green).toBe(false);
    expect(report.verdict.reasons).toContain(
      'k6 failed: it ended with exit code 107: ReferenceError: x is not defined',
    );
    expect(report.verdict.reasons).toContain('no call was made');
    expect(report.header.partial).toBe(true);
  });

  it('is red and partial when k6 dies midway, and what was under way in it is no fault of the books', async () => {
    const { report, outDirectory } = await loadRun({ env: { FAKE_K6: 'die' } });
    expect(report.header.partial).toBe(true);
    expect(report.verdict.reasons).toEqual([
      `k6 failed: it ${process.platform === 'win32' ? 'ended with exit code 1' : 'was ended by SIGKILL'}`,
    ]);
    expect(report.invariants.map(({ difference }) => difference)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(report.invariants.find(({ id }) => id === 'I2')?.notes).toEqual([
      '1 calls were under way when the run was cut short',
    ]);
    expect(readFileSync(path.join(outDirectory, 'report.html'), 'utf8')).toContain('Partial run');
  });

  it('is red when k6 cannot be started', async () => {
    const k6 = {
      command: ['/no/such/k6'],
      source: 'K6',
      version: '0',
      inContainer: false,
      hostName: '127.0.0.1',
    } as const;
    const { report } = await loadRun({ k6 });
    expect(report.verdict.reasons[0]).toContain('ENOENT');
  });

  it('does not mind a collector that is down', async () => {
    const { report, said } = await loadRun({ collector: { endpoint: 'http://127.0.0.1:1', headers: {} } });
    expect(report.verdict.green).toBe(true);
    expect(report.telemetry.exportFailures).toBeGreaterThan(0);
    expect(said.match(/The collector at http:\/\/127\.0\.0\.1:1 does not take the telemetry/g)).toHaveLength(
      1,
    );
  });
});

describe('a run that is compared with an earlier one', { timeout }, () => {
  it('is red when something got worse and that was to count', async () => {
    const before = verdictFileOf(exampleReport());
    // As if the earlier run had asked the provider half as often.
    const phases = before.phases.map((phase) => ({ ...phase, requestsPerCall: 0.5 }));
    const compare = {
      file: 'old.json',
      verdict: { ...before, phases },
      failOnRegression: true,
      tolerance: 0.5,
    };
    const { report } = await loadRun({ options: { compare } });
    expect(report.verdict.green).toBe(false);
    expect(report.verdict.reasons).toContainEqual(
      expect.stringContaining('requests a call (all), 0.50, now 1'),
    );
  });
});

describe('a run that is cut short leaves a partial report', { timeout }, () => {
  it('when k6 dies', async () => {
    const { report, outDirectory } = await loadRun({ env: { FAKE_K6: 'killed' } });
    expect(report.header.partial).toBe(true);
    expect(report.verdict.reasons).toEqual(['k6 failed: it was ended by SIGKILL']);
    const read = (name: string): string => readFileSync(path.join(outDirectory, name), 'utf8');
    expect(readVerdictFile(path.join(outDirectory, 'verdict.json'))).toMatchObject({
      partial: true,
      green: false,
      generator: { dropped: null },
    });
    expect(read('summary.md')).toContain('**Partial:**');
    expect(read('report.html')).toContain('Partial run.');
    expect(terminalReport(report, [])).toContain('PARTIAL: cut short after');
  });

  it('when the mock dies', async () => {
    const { report } = await loadRun({ env: { FAKE_K6: 'kill-mock' } });
    expect(report.header.partial).toBe(true);
    expect(report.verdict).toEqual({
      green: false,
      reasons: [
        'cut short: the mock provider ended with exit code 7',
        'I1, I3, I6, I8, I9 cannot be judged: the mock provider’s ledger is missing',
      ],
    });
    expect(report.rows.find(({ phase }) => phase === 'all')?.offered).toBeGreaterThan(0);
  });

  it('when the gateway dies', async () => {
    const { report } = await loadRun({ env: { FAKE_K6: 'kill-gateway' } });
    expect(report.header.partial).toBe(true);
    expect(report.verdict.reasons).toEqual([
      'cut short: the gateway ended with exit code 7',
      'I1, I2, I3, I6, I7, I8, I9 cannot be judged: the gateway ended before it had sent all of its telemetry',
    ]);
  });

  it('when it is told to stop, with every book judged', async () => {
    const controller = new AbortController();
    const ready = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'ready');
    const running = loadRun({ env: { FAKE_K6: 'hang', FAKE_K6_READY: ready }, signal: controller.signal });
    await expect.poll(() => existsSync(ready), { timeout: 20_000 }).toBe(true);
    controller.abort('it was stopped by SIGINT');
    const { report, outDirectory } = await running;
    expect(report.header.partial).toBe(true);
    expect(readVerdictFile(path.join(outDirectory, 'verdict.json'))).toMatchObject({
      verdict: 'partial',
      partial: true,
      green: false,
    });
    expect(report.verdict.reasons).toEqual(['cut short: it was stopped by SIGINT']);
    expect(report.invariants.map(({ id }) => id)).toEqual(['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9']);
  });
});

describe('a run that cannot begin', { timeout }, () => {
  it.each([
    ['mock provider', 'src/mock/main.ts'],
    ['gateway', 'loadtest/gateway/main.ts'],
  ])('says why the %s did not start', async (name, file) => {
    const run = loadRun({ env: { DIES_AT_START: file } });
    await expect(run).rejects.toThrow(RunFailure);
    await expect(run).rejects.toThrow(
      `The ${name} did not start: it ended with exit code 7:\n  the reason for which it died`,
    );
  });
});
