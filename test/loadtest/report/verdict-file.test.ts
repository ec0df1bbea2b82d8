import { spawnSync } from 'node:child_process';
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readVerdictFile } from '../../../loadtest/report/read-verdict-file.ts';
import { type VerdictFile, verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { VARIANTS } from '../report-html/variants.ts';
import { exampleReport } from './example-report.ts';

function written(text: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'verdict.json');
  writeFileSync(file, text);
  return file;
}

describe('verdict.json', () => {
  it('says what a CI asks, and holds no more than that', () => {
    const file = verdictFileOf(exampleReport());
    expect(Object.keys(file)).toEqual([
      'schemaVersion',
      'verdict',
      'green',
      'void',
      'partial',
      'reasons',
      'notes',
      'source',
      'scenario',
      'seed',
      'startedAt',
      'durationMs',
      'measuredMs',
      'offeredPerSecond',
      'sabotage',
      'versions',
      'machine',
      'serviceLevel',
      'invariants',
      'conditions',
      'phases',
      'recoveries',
      'wasted',
      'errors',
      'telemetry',
      'generator',
      'comparison',
      'regressions',
    ]);
    expect(file).toMatchObject({
      schemaVersion: 1,
      verdict: 'green',
      green: true,
      void: false,
      partial: false,
      reasons: [],
      scenario: 'chaos',
      seed: 1,
      measuredMs: 4_000,
      sabotage: null,
      serviceLevel: { wholeMs: 2_000, firstTokenMs: 500 },
      comparison: null,
      regressions: null,
    });
    expect(file.invariants.map(({ id, difference }) => [id, difference])).toEqual(
      ['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9'].map((id) => [id, 0]),
    );
    expect(file.phases.at(-1)).toMatchObject({
      name: 'all',
      offered: 3,
      good: 2,
      goodShare: 2 / 3,
      kinds: [{ kind: 'json', offered: 3, good: 2, whole: { p50Ms: 100 }, firstChunk: null, chunkGap: null }],
    });
    expect(file.generator).toMatchObject({ dropped: 0, lag: { p50Ms: 0, maxMs: 100 }, usersBusy: null });
  });

  it('is marked partial, and covers only what happened', () => {
    const report = exampleReport((books) => {
      books.cutShort = true;
      books.calls = books.calls.map((call) => ({ ...call, startedMs: 1_500 }));
    }, 'it was stopped by SIGINT');
    expect(verdictFileOf(report)).toMatchObject({
      verdict: 'partial',
      green: false,
      partial: true,
      reasons: ['cut short: it was stopped by SIGINT'],
      durationMs: 4_000,
      measuredMs: 1_500,
    });
  });

  it.each(Object.keys(VARIANTS) as (keyof typeof VARIANTS)[])('reads back as it was written (%s)', (name) => {
    const file = verdictFileOf(VARIANTS[name]());
    expect(readVerdictFile(written(JSON.stringify(file)))).toEqual(file);
  });
});

describe('a file to compare with that is none', () => {
  const good = verdictFileOf(exampleReport());
  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...good, ...change });
  const [phase] = good.phases;

  it.each<[string, string, string]>([
    ['no JSON', 'rubbish', 'is no JSON'],
    ['nothing', '', 'is no JSON'],
    ['a list', '[1]', 'has no `schemaVersion`'],
    ['null', 'null', 'has no `schemaVersion`'],
    ['another kind of file', '{"header":{}}', 'has no `schemaVersion`'],
    ['a newer one', changed({ schemaVersion: 2 }), 'is of schema version 2, this load test reads version 1'],
    ['an odd version', changed({ schemaVersion: '1' }), 'is of schema version "1"'],
    ['cut off', '{"schemaVersion":1}', 'broken verdict.json: `verdict` must be text'],
    ['a text for a number', changed({ seed: '7' }), '`seed` must be number'],
    ['no list of phases', changed({ phases: {} }), '`phases` must be a list'],
    [
      'a hole far inside',
      changed({ phases: [{ ...phase, kinds: [{ ...phase?.kinds[0], whole: { p50Ms: 1 } }] }] }),
      '`phases[0].kinds[0].whole.p90Ms` must be number',
    ],
    [
      'a spread that is half there',
      changed({ phases: [{ ...phase, kinds: [{ ...phase?.kinds[0], firstChunk: {} }] }] }),
      '`phases[0].kinds[0].firstChunk.p50Ms` must be number',
    ],
  ])('%s', (_what, text, sentence) => {
    const file = written(text);
    expect(() => readVerdictFile(file)).toThrow(UsageError);
    expect(() => readVerdictFile(file)).toThrow(sentence);
    expect(() => readVerdictFile(file)).toThrow(/^[^\n]*$/);
  });

  it('is not there', () => {
    expect(() => readVerdictFile('/no/such/verdict.json')).toThrow('ENOENT');
    expect(() => readVerdictFile(tmpdir())).toThrow(UsageError);
  });

  it('is larger than any', () => {
    const file = written('');
    truncateSync(file, 2 ** 30);
    expect(() => readVerdictFile(file)).toThrow('it is larger than 64 MiB');
  });

  it.skipIf(process.platform === 'win32')('is a pipe that nobody writes to', () => {
    const pipe = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'pipe');
    spawnSync('mkfifo', [pipe]);
    expect(() => readVerdictFile(pipe)).toThrow('it is no file');
  });

  it('needs nothing that the comparison does not read', () => {
    const { telemetry, errors, wasted, comparison, ...rest } = good;
    expect(readVerdictFile(written(JSON.stringify(rest)))).toEqual(rest satisfies Partial<VerdictFile>);
  });
});
