import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

function bench(script: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, ['scripts/launch.mjs', `bench/${script}`, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

/** They start Node, which a busy machine makes slow. */
const limitMs = 60_000;

const tiny = ['--rounds', '1', '--calls', '5', '--streams', '1'];

test(
  'npm run bench prints its table and exits with 0',
  () => {
    const { status, stdout, stderr } = bench('main.ts', ...tiny);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [title, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe(`CPU time per call, median of 1 rounds in turn, Node ${process.version}`);
    // What it takes is no matter here; that each row has a figure is.
    expect(rows.map((row) => row.replace(/-?\d+\.\d/g, 'N').replace(/ {2,}/g, '  '))).toEqual([
      'bare client, one JSON call  N µs  ',
      '  added, no SDK registered  N µs  target: 10 µs or less',
      'bare client, one JSON call  N µs  ',
      '  floor: the same spans and records  N µs  in a loop of nothing else',
      '  floor in place: right after a call  N µs  what they cost where they are needed',
      expect.stringMatching(
        /^ {2}added, SDK registered {2}N µs {2}N\d × the floor; target: N or less; N\d × the floor in place$/,
      ),
      'bare client, stream of 200 chunks  N µs  ',
      '  floor in place: its spans and records  N µs  N % more, nearly all for one record a chunk',
      '  observed, SDK registered  N µs  N % more; target: 10 % or less',
    ]);
  },
  limitMs,
);

test.each([
  ['main.ts', ['--rounds', 'many'], 'Expected `--rounds` to be a whole number from 1 to 1000, got `many`.'],
  ['main.ts', ['--calls', '0'], 'Expected `--calls` to be a whole number from 1 to 100000, got `0`.'],
  ['main.ts', ['--only', 'telltale'], "Unknown option '--only'"],
  [
    'others.ts',
    ['--only', 'helicone'],
    /^Expected `--only` to be one of nothing, telltale, .*, got `helicone`\.$/,
  ],
  ['limiters.ts', ['--calls', '5'], "Unknown option '--calls'"],
  ['limiters.ts', ['--rounds', '1.5'], 'Expected `--rounds` to be a whole number from 1 to 1000, got `1.5`.'],
  [
    'limiters.ts',
    ['--only', 'cockatiel'],
    /^Expected `--only` to be one of telltale, telltale-1, .*, got `cockatiel`\.$/,
  ],
] as const)(
  '%s %j says in one line what is wrong, and exits with 2',
  (script, args, message) => {
    const { status, stdout, stderr } = bench(script, ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    const lines = stderr.trim().split('\n');
    expect(lines).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  },
  limitMs,
);
