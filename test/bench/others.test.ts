import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChildAnswer } from '../../bench/others/child.ts';
import { runChild } from '../../bench/others/run-child.ts';
import { table } from '../../bench/others/table.ts';

const root = path.resolve(import.meta.dirname, '../..');

const answer: ChildAnswer = {
  counts: { spans: 2, metricRecords: 9, logRecords: 1, events: 0 },
  observed: { attempts: true, streamUsage: true, firstChunk: false, content: false },
  // The second round met a slow moment, which all that was measured in it share.
  calls: { bare: [100, 200, 100], floor: [20, 40, 20], inPlace: [140, 250, 140], wrapped: [130, 230, 138] },
  streams: { bare: [100, 200, 100], wrapped: [150, 300, 158] },
  tried: [],
};
const place = { version: '1.0.0', openaiVersion: '7.57.0', openTelemetry: true };

describe('the table', () => {
  test('gives what each round added over the bare client, and its ratios to both floors', () => {
    const [titles = '', , ...rows] = table([
      { ...place, name: 'one', result: answer },
      { ...place, name: 'own-sdk', openTelemetry: false, result: answer },
      {
        ...place,
        name: 'silent',
        result: { ...answer, counts: { spans: 0, metricRecords: 0, logRecords: 0, events: 0 } },
      },
    ]);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      [
        'one',
        '1.0.0',
        '7.57.0',
        '30.0 ± 4.0 µs',
        '20.0 µs',
        '1.50 ×',
        '40.0 µs',
        '0.75 ×',
        '50.0 ± 4.0 %',
        '2 spans, 9 metric records, 1 log record',
        'attempts, stream usage',
      ],
      [
        'own-sdk',
        '1.0.0',
        '7.57.0',
        '30.0 ± 4.0 µs',
        '20.0 µs',
        '1.50 ×*',
        '40.0 µs',
        '0.75 ×*',
        '50.0 ± 4.0 %',
        '2 spans, 9 metric records, 1 log record',
        'attempts, stream usage',
      ],
      [
        'silent',
        '1.0.0',
        '7.57.0',
        '30.0 ± 4.0 µs',
        '-',
        '-',
        '-',
        '-',
        '50.0 ± 4.0 %',
        'nothing',
        'attempts, stream usage',
      ],
    ]);
    expect(titles).toMatch(
      /^wrapper +version +openai +added to a JSON call +floor +ratio +floor in place +ratio/,
    );
  });

  test('names a wrapper that could not be measured, with the reason', () => {
    const lines = table([
      { ...place, name: 'broken', result: { notMeasured: 'npm did not install it here' } },
    ]);
    expect(lines.at(-1)).toMatch(/^broken +1\.0\.0 +7\.57\.0 +not measured: npm did not install it here$/);
  });
});

test('what goes wrong in a wrapper’s process comes back as a reason, not as a crash of the bench', async () => {
  await expect(runChild({ wrapper: 'helicone', rounds: 1, calls: 1, streams: 1 })).rejects.toThrow(
    /^Error: No wrapper is called helicone\.$/,
  );
}, 60_000);

test('the copy of a package that both use has the version that the project has', () => {
  const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest;
  const { devDependencies = {} } = read('package.json');
  const { dependencies = {}, optionalDependencies = {} } = read('bench/package.json');
  expect(devDependencies).toMatchObject(dependencies);
  const inexact = Object.entries({ ...dependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^(?:npm:[\w-]+@)?\d+\.\d+\.\d+$/.test(version),
  );
  expect(inexact).toEqual([]);
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const installed = existsSync(path.join(root, 'bench/.installed/finished-lock.json'));

describe.skipIf(!installed)('npm run bench:others (needs the packages that its first run installs)', () => {
  test('measures the wrappers that it is asked for, and no connection is tried', () => {
    // One of ours, one that changes the package for everybody on openai 6, and one with an SDK of its own.
    const names = ['telltale', 'opentelemetry', 'posthog'];
    const args = [
      '--rounds',
      '1',
      '--calls',
      '2',
      '--streams',
      '1',
      ...names.flatMap((name) => ['--only', name]),
    ];
    const { status, stdout } = spawnSync(
      process.execPath,
      ['scripts/launch.mjs', 'bench/others.ts', ...args],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    expect(stdout).not.toContain('not measured');
    expect(stdout).not.toContain('wanted to connect');
    expect(stdout).toMatch(/^telltale .* 7\.57\.0 .* 2 spans, \d+ metric records /m);
    expect(stdout).toMatch(/^opentelemetry .* 6\.49\.0 .* 1 span, 3 metric records, 2 log records /m);
    expect(stdout).toMatch(/^posthog .* 6\.49\.0 .*×\* .* 1 event /m);
    expect(status).toBe(0);
  }, 120_000);
});
