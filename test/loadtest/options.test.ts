import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sabotageNames, sabotages } from '../../loadtest/gateway/sabotage/index.ts';
import { help, readOptions } from '../../loadtest/options.ts';
import { UsageError } from '../../loadtest/usage-error.ts';

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

  it.each(sabotageNames)('plays a scenario in which %s can show', (name) => {
    const options = read('--sabotage', name);
    expect(options).toMatchObject({ sabotage: name, scenario: sabotages[name].scenarios[0] });
    for (const scenario of sabotages[name].scenarios)
      expect(read('--sabotage', name, '--scenario', scenario)?.scenario).toBe(scenario);
  });

  it('tells of every planted bug what it is and who must find it', () => {
    for (const name of sabotageNames)
      expect(help).toContain(`${name}: ${sabotages[name].plants} → ${sabotages[name].invariant} (`);
  });

  it('wants only help with --help', () => {
    expect(read('--help')).toBeUndefined();
  });
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
    [['--scenario', 'hurricane'], 'one of chaos, calm, quota, storm, brownout'],
    [['--sabotage', 'all'], 'one of lost-attempt, double-count, double-tokens, early-retry'],
    [
      ['--sabotage', 'early-retry', '--scenario', 'calm'],
      '`--sabotage early-retry` cannot show in `--scenario calm`: it needs errors with a Retry-After, and no limits, which would hold a retry back. Use retry-after, or leave `--scenario` out.',
    ],
    [['--wat'], 'Unknown option `--wat`. Known: --seed'],
    [['-x'], 'Unknown option `-x`'],
    [['--seed', '1', '--seed', '2'], '`--seed` is given twice'],
    [['--json', '/nowhere/at/all/run.json'], '`--json` cannot be written'],
    [['--json', tmpdir()], 'to be a file'],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
