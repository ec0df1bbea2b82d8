import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns, worseFigures } from '../../../loadtest/report/compare.ts';
import { withEarlierRun } from '../../../loadtest/report/earlier.ts';
import { type VerdictFile, type VerdictPhase, verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import { exampleRun } from '../report-html/example-run.ts';
import { exampleReport } from './example-report.ts';

const run = verdictFileOf(exampleRun());

function whole(change: Partial<VerdictPhase>): VerdictFile {
  return {
    ...run,
    phases: run.phases.map((phase) => (phase.name === 'all' ? { ...phase, ...change } : phase)),
  };
}

const compared = (before: VerdictFile, now: VerdictFile, tolerance?: number) =>
  compareRuns({ file: 'old.json', verdict: before }, now, tolerance);
const worse = (before: VerdictFile, now: VerdictFile, tolerance?: number) =>
  worseFigures(compared(before, now, tolerance)).map(({ figure, phase }) => `${figure} (${phase})`);

describe('a comparison', () => {
  it('of a run with itself finds nothing', () => {
    const { rows, notes } = compared(run, run);
    expect(notes).toEqual([]);
    expect(rows.length).toBeGreaterThan(15);
    expect(new Set(rows.map(({ change }) => change))).toEqual(new Set(['same', 'not comparable']));
    // The storm passes into the brownout, so nobody can tell how it was recovered from.
    expect(rows.filter(({ change }) => change === 'not comparable')).toMatchObject([
      { figure: 'goodput back after', phase: '429 storm' },
    ]);
  });

  it('says what got worse by more than a fifth, and what got better', () => {
    const now = whole({ requestsPerCall: 1.3, backoffMs: 1.5 * (run.phases.at(-1)?.backoffMs ?? 0) });
    const before = whole({ requestsPerCall: 1 });
    expect(worse(before, now)).toEqual(['requests a call (all)', 'backoff a call (all)']);
    const better = compared(now, before).rows.filter(({ change }) => change === 'better');
    expect(better.map(({ figure }) => figure)).toEqual(['requests a call', 'backoff a call']);
  });

  it.each([
    [undefined, 1.2, []],
    [undefined, 1.21, ['requests a call (all)']],
    [0.3, 1.29, []],
    [0.3, 1.31, ['requests a call (all)']],
    [0, 1.04, []],
    [0, 1.06, ['requests a call (all)']],
  ])('with a tolerance of %s takes 1 to %d for %j', (tolerance, now, expected) => {
    expect(worse(whole({ requestsPerCall: 1 }), whole({ requestsPerCall: now }), tolerance)).toEqual(
      expected,
    );
  });

  it.each([
    [0.99, 0.981, []],
    [0.99, 0.975, ['goodput, share of calls (all)']],
    [0.5, 0.41, []],
    [0.5, 0.39, ['goodput, share of calls (all)']],
    [0.3, 0.9, []],
  ])('judges a share by what it lacks: %d, then %d', (before, now, expected) => {
    expect(worse(whole({ goodShare: before }), whole({ goodShare: now }))).toEqual(expected);
  });

  it('is the same both ways: what is worse one way is better the other', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.double({ min: 0, max: 3, noNaN: true }), (a, b, tolerance) => {
        const of = (before: number, now: number) =>
          compared(whole({ goodShare: before }), whole({ goodShare: now }), tolerance).rows.find(
            ({ figure, phase }) => figure.startsWith('goodput') && phase === 'all',
          );
        const [one, other] = [of(a, b), of(b, a)];
        if (one?.change === 'worse') expect(b).toBeLessThan(a);
        if (one?.change === 'better') expect(b).toBeGreaterThan(a);
        if (one?.change === 'worse') expect(other?.change).not.toBe('worse');
        if (a === b) expect(one?.change).toBe('same');
      }),
    );
  });

  it('allows not one difference or dropped iteration more', () => {
    const broken = (difference: number): VerdictFile => ({
      ...run,
      invariants: [{ id: 'I3', title: '', broken: [], difference }],
      generator: { ...run.generator, dropped: Math.abs(difference) },
    });
    expect(worse(broken(10), broken(-11))).toEqual([
      'differences between the books (all)',
      'dropped iterations (all)',
    ]);
  });

  it('takes a recovery that never came for worse than any that came', () => {
    const never: VerdictFile = {
      ...run,
      recoveries: run.recoveries.map((one) =>
        one.phase === '503 brownout' ? { ...one, state: 'not recovered', afterMs: null } : one,
      ),
    };
    expect(worse(run, never)).toEqual(['goodput back after (503 brownout)']);
    expect(worse(never, run)).toEqual([]);
    expect(worse(never, never)).toEqual([]);
  });

  it('compares nothing that one of them has not', () => {
    const bare: VerdictFile = {
      ...run,
      phases: [],
      recoveries: [],
      generator: { ...run.generator, dropped: null },
    };
    expect(worse(bare, run)).toEqual([]);
    expect(worse(run, bare)).toEqual([]);
  });

  it('says what else was different', () => {
    const other: VerdictFile = {
      ...run,
      scenario: 'storm',
      seed: 9,
      durationMs: 5_000,
      serviceLevel: { wholeMs: 1, firstTokenMs: 2 },
      partial: true,
    };
    expect(compared(other, run).notes).toEqual([
      'another scenario: storm, now calm-storm-brownout',
      'another seed: 9, now 1',
      `another duration: 5 s, now ${run.durationMs / 1_000} s`,
      'another service level: 1 ms and 2 ms, now 2000 ms and 500 ms',
      'the earlier run was cut short',
    ]);
  });
});

describe('a run that got worse', () => {
  const report = exampleReport();
  const now = verdictFileOf(report);
  const verdict: VerdictFile = {
    ...now,
    phases: now.phases.map((phase) => ({ ...phase, requestsPerCall: 1 })),
  };

  it('stays green, and says so', () => {
    const told = withEarlierRun(report, { file: 'old.json', verdict, failOnRegression: false });
    expect(told.verdict).toEqual({ green: true, reasons: [] });
    expect(verdictFileOf(told).regressions?.map(({ figure }) => figure)).toEqual(['requests a call']);
  });

  it('is red where that was asked for', () => {
    const told = withEarlierRun(report, { file: 'old.json', verdict, failOnRegression: true });
    expect(told.verdict).toEqual({
      green: false,
      reasons: ['worse than in old.json: requests a call (all), 1, now 2'],
    });
    const tolerant = { file: 'old.json', verdict, failOnRegression: true, tolerance: 1 };
    expect(withEarlierRun(report, tolerant).verdict.green).toBe(true);
  });
});
