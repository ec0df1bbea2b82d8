import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sabotageNames, sabotages } from '../../loadtest/gateway/sabotage/index.ts';
import { helpFor } from '../../loadtest/help.ts';
import { readOptions } from '../../loadtest/options.ts';
import { verdictFileOf } from '../../loadtest/report/verdict-file.ts';
import { scenarios } from '../../loadtest/scenarios/index.ts';
import { UsageError } from '../../loadtest/usage-error.ts';
import { exampleRun } from './report-html/example-run.ts';

const read = (...args: string[]) => readOptions(args, () => 7);

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(read()).toEqual({
      seed: 7,
      durationMs: 60_000,
      jsonPerSecond: 100,
      streamsPerSecond: 30,
      scenario: 'chaos',
    });
  });

  it('takes each option', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'run.json');
    expect(
      read(
        '--seed',
        '5',
        '--duration=2m',
        '--rate',
        '10',
        '--scenario',
        'calm',
        '--json',
        file,
        '--sabotage',
        'leaked-span',
      ),
    ).toEqual({
      seed: 5,
      durationMs: 120_000,
      jsonPerSecond: 10,
      streamsPerSecond: 3,
      scenario: 'calm',
      jsonFile: file,
      sabotage: 'leaked-span',
    });
  });

  it('offers at least one stream a second', () => {
    expect(read('--rate', '1')?.streamsPerSecond).toBe(1);
  });

  it.each([
    [[], 100, 30],
    [['--scenario', 'quota'], 50, 15],
    [['--factor', '2'], 200, 60],
    [['--factor', '0.5', '--scenario', 'quota'], 25, 8],
    [['--factor', '0.05', '--rate', '1'], 1, 1],
    [['--rate', '10', '--factor', '1.5'], 15, 5],
  ])('%j offers %i JSON calls and %i streams a second', (args, jsonPerSecond, streamsPerSecond) => {
    expect(read(...args)).toMatchObject({ jsonPerSecond, streamsPerSecond });
  });

  it('offers streams alone, or jobs alone, where the scenario is about them', () => {
    expect(read('--scenario', 'streams', '--rate', '100')).toMatchObject({
      jsonPerSecond: 0,
      streamsPerSecond: 30,
    });
    expect(read('--scenario', 'background')).toMatchObject({ jsonPerSecond: 10, streamsPerSecond: 0 });
  });

  it('lasts as long as the scenario is made for', () => {
    expect(read('--scenario', 'soak')?.durationMs).toBe(1_800_000);
    expect(read('--scenario', 'soak', '--duration', '2m')?.durationMs).toBe(120_000);
  });

  it('goes through every scenario once, in full or as a tour', () => {
    const names = Object.keys(scenarios).filter((name) => name !== 'calm');
    const all = read('--scenario', 'all')?.turns ?? [];
    expect(all.map(({ scenario }) => scenario)).toEqual(names);
    expect(all.find(({ scenario }) => scenario === 'soak')?.durationMs).toBe(1_800_000);
    expect(all.some(({ isBrief }) => isBrief)).toBe(false);
    const tour = read('--scenario', 'tour', '--factor', '0.5');
    expect(tour?.turns?.map(({ scenario }) => scenario)).toEqual(names);
    // In less than 40 s nothing can be seen of memory that must not grow.
    expect(tour?.durationMs).toBe((names.length - 1) * 12_000 + 40_000);
    for (const turn of tour?.turns ?? []) {
      const durationMs = turn.scenario === 'soak' ? 40_000 : 12_000;
      expect(turn).toMatchObject({ durationMs, isBrief: true, seed: 7 });
    }
    expect(tour?.turns?.[0]).toMatchObject({ scenario: 'chaos', jsonPerSecond: 25 });
    expect(all[0]).toMatchObject({ scenario: 'chaos', jsonPerSecond: 100 });
    expect(read('--scenario', 'tour', '--rate', '100')?.turns?.[0]).toMatchObject({ jsonPerSecond: 100 });
    const short = read('--scenario', 'tour', '--duration', '5s', '--rate', '8')?.turns ?? [];
    expect(new Set(short.map(({ durationMs }) => durationMs))).toEqual(new Set([5_000]));
    expect(short.find(({ scenario }) => scenario === 'streams')).toMatchObject({ jsonPerSecond: 0 });
  });

  it.each(sabotageNames)('plays a scenario in which %s can show', (name) => {
    const options = read('--sabotage', name);
    expect(options).toMatchObject({ sabotage: name, scenario: sabotages[name].scenarios[0] });
    for (const scenario of sabotages[name].scenarios)
      expect(read('--sabotage', name, '--scenario', scenario)?.scenario).toBe(scenario);
  });

  it('tells of every planted bug what it is and who must find it', () => {
    for (const name of sabotageNames)
      expect(helpFor({ command: 'telltale loadtest', results: 'out/' })).toContain(
        `${name}: ${sabotages[name].plants} → ${sabotages[name].invariant} (`,
      );
  });

  it('wants only help with --help', () => {
    expect(read('--help')).toBeUndefined();
  });
});

describe('the service level', () => {
  it('may be changed, each part on its own', () => {
    expect(read('--slo', '3s')?.serviceLevel).toEqual({ wholeMs: 3_000 });
    expect(read('--slo', '1m', '--slo-first-token=250ms')?.serviceLevel).toEqual({
      wholeMs: 60_000,
      firstTokenMs: 250,
    });
  });
});

describe('an earlier run', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'verdict.json');
  const verdict = verdictFileOf({ ...exampleRun(), header: { ...exampleRun().header, scenario: 'chaos' } });
  writeFileSync(file, JSON.stringify(verdict));

  it('is read before the run', () => {
    expect(read('--compare', file)?.compare).toEqual({ file, verdict, failOnRegression: false });
    const strict = read('--compare', file, '--fail-on-regression', '--tolerance', '12.5%')?.compare;
    expect(strict).toEqual({ file, verdict, failOnRegression: true, tolerance: 0.125 });
  });

  it('may be of another scenario, unless it is to fail this one', () => {
    expect(read('--compare', file, '--scenario', 'calm')?.compare?.verdict.scenario).toBe('chaos');
    expect(() => read('--compare', file, '--scenario', 'calm', '--fail-on-regression')).toThrow(
      'needs runs of the same scenario',
    );
  });
});

it('writes the summary where it is told to', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'summary.md');
  expect(read('--markdown', file)?.markdownFile).toBe(file);
});

describe('a mistake on the command line is named with the way out', () => {
  it.each([
    [['--duration', '5', 'bananas'], 'Unexpected argument `bananas`'],
    [['--duration', '5 bananas'], 'to be a time such as 60s, 90s or 2m, from 4s to 30m, got `5 bananas`'],
    [['--duration', '3s'], 'from 4s to 30m, got `3s`'],
    [['--duration', '31m'], 'from 4s to 30m, got `31m`'],
    [['--duration'], '`--duration` needs a value'],
    [['--seed', '-1'], '`--seed` to be a whole number from 0'],
    [['--seed', '1.5'], 'got `1.5`'],
    [['--rate', '0'], '`--rate` to be a whole number from 1'],
    [['--rate', '1e2'], 'got `1e2`'],
    [['--rate', '10000'], 'That would be 780000 calls'],
    [['--scenario', 'hurricane'], 'one of chaos, calm, baseline, streams, quota, storm, brownout'],
    [['--factor', '0'], '`--factor` to be a number from 0.05 to 100, got `0`'],
    [['--factor', '2x'], 'got `2x`'],
    [['--factor', '101'], 'got `101`'],
    [['--rate', '9000', '--factor', '2'], 'That would be 1404000 calls'],
    [['--sabotage', 'all'], 'one of lost-attempt, double-count, double-tokens, early-retry'],
    [['--sabotage', 'leaked-span', '--scenario', 'tour'], 'cannot show in `--scenario tour`'],
    [
      ['--sabotage', 'early-retry', '--scenario', 'calm'],
      '`--sabotage early-retry` cannot show in `--scenario calm`: it needs errors with a Retry-After, and no limits, which would hold a retry back. Use retry-after, or leave `--scenario` out.',
    ],
    [['--wat'], 'Unknown option `--wat`. Known: --seed'],
    [['-x'], 'Unknown option `-x`'],
    [['--seed', '1', '--seed', '2'], '`--seed` is given twice'],
    [['--slo', '2'], '`--slo` to be a time such as 500ms, 2s or 1m, from 1ms to 30m, got `2`'],
    [['--slo', '0s'], 'got `0s`'],
    [['--slo-first-token', '31m'], 'got `31m`'],
    [['--compare', '/no/such.json'], '`--compare` cannot read `/no/such.json`: ENOENT'],
    [['--tolerance', '20%'], '`--tolerance` needs `--compare`'],
    [['--fail-on-regression'], '`--fail-on-regression` needs `--compare`'],
    [['--fail-on-regression=yes'], '`--fail-on-regression` takes no value, got `yes`'],
    [['--markdown', '/nowhere/at/all/summary.md'], '`--markdown` cannot be written'],
    [['--json', '/nowhere/at/all/run.json'], '`--json` cannot be written'],
    [['--json', tmpdir()], 'to be a file'],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
