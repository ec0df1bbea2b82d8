import { compareRuns } from '../../../loadtest/report/compare.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import { exampleCalls } from './example-calls.ts';
import { exampleRun, sideOf } from './example-run.ts';

/** One bug planted, found and named. */
function redRun(): RunReport {
  const run = exampleRun(7);
  return {
    ...run,
    header: { ...run.header, sabotage: 'lost-attempt' },
    verdict: {
      green: false,
      reasons: ['I3: 39 attempts reached the mock that the telemetry does not know.'],
    },
    invariants: run.invariants.map((invariant) =>
      invariant.id === 'I3'
        ? {
            ...invariant,
            counts: [
              { book: 'telemetry', value: '10,561' },
              { book: 'ledger', value: '10,600' },
            ],
            difference: -39,
            examples: ['c-2101: ledger 3 requests, telemetry 2', 'c-2214: ledger 2 requests, telemetry 1'],
          }
        : invariant,
    ),
    thresholds: run.thresholds.map((threshold, index) =>
      index === 2 ? { ...threshold, expression: 'rate >= 99 %', ok: false } : threshold,
    ),
  };
}

/** Thirty short phases, every kind of call, long names. */
function crowdedRun(): RunReport {
  const run = exampleRun(3);
  const phases = Array.from({ length: 30 }, (_, index) => ({
    name: index % 5 === 4 ? `a phase with a rather long name, number ${index + 1}` : `phase ${index + 1}`,
    faults: index % 2 === 0 ? '' : `${429 + index} on ${index} % of requests`,
    fromMs: index * 2000,
    toMs: (index + 1) * 2000,
  }));
  const kinds = ['json', 'stream', 'embeddings'] as const;
  const sample = run.rows.slice(0, 2);
  const rows = [...phases.map((phase) => phase.name), 'all'].flatMap((phase, at) =>
    kinds.flatMap((kind, index) => {
      const row = sample[index % sample.length];
      const slower = 1 + (at % 7);
      return row
        ? [
            {
              ...row,
              phase,
              kind,
              whole: {
                p50Ms: row.whole.p50Ms * slower,
                p90Ms: row.whole.p90Ms * slower,
                p95Ms: row.whole.p95Ms * slower,
                p99Ms: row.whole.p99Ms * slower,
                maxMs: row.whole.maxMs * slower,
              },
            },
          ]
        : [];
    }),
  );
  return { ...run, header: { ...run.header, partial: true }, phases, rows };
}

/** Ten minutes, and a verdict that proves nothing. */
function longRun(): RunReport {
  const run = exampleRun(5);
  const stretch = 10;
  return {
    ...run,
    header: { ...run.header, durationMs: 600_000 },
    verdict: {
      green: false,
      void: true,
      reasons: ['k6 dropped 1,204 iterations: the machine is too slow for 130 calls/s.'],
    },
    phases: run.phases.map((phase) => ({
      ...phase,
      fromMs: phase.fromMs * stretch,
      toMs: phase.toMs * stretch,
    })),
    timeline: Array.from({ length: 600 }, (_, second) => ({
      ...(run.timeline[Math.floor(second / stretch)] ?? emptyPoint),
      atMs: second * 1000,
    })),
  };
}

const emptyPoint = {
  atMs: 0,
  offered: 0,
  succeeded: 0,
  good: 0,
  failed: 0,
  retries: 0,
  p50Ms: 0,
  p95Ms: 0,
};

/** Cut short before the first call. */
function emptyRun(): RunReport {
  const run = exampleRun(1);
  return {
    ...run,
    header: { ...run.header, durationMs: 0, versions: {}, machine: '', partial: true },
    verdict: { green: false, reasons: [] },
    measuredMs: 0,
    phases: [],
    rows: [],
    totals: [],
    timeline: [],
    wasted: [],
    recoveries: [],
    generator: { askedPerSecond: 130, offeredPerSecond: 0, asked: 0, offered: 0 },
    errors: [],
    models: [],
    invariants: [],
    thresholds: [],
    telemetry: {
      ...run.telemetry,
      spans: 0,
      metricPoints: 0,
      logRecords: 0,
      exports: { traces: 0, metrics: 0, logs: 0 },
    },
    traces: { slowest: [], mostRetried: [], failed: [] },
  };
}

/** A bare client beside it, which gave up at once, and an earlier run that was better. */
function comparedRun(): RunReport {
  const run = exampleRun(2);
  const bare = exampleCalls(2).map((call) => {
    const attempts = call.attempts.slice(0, 1);
    const [first] = attempts;
    const ok = first?.status === 200;
    return { ...call, attempts, ok, toMs: ok ? call.toMs : (first?.toMs ?? call.toMs) };
  });
  const compared: RunReport = {
    ...run,
    bare: sideOf(bare),
    comparison: {
      says: '130 calls a second for 60 s, 30 s for each, the same seed and faults.',
      rows: [
        { figure: 'calls', bare: '7800', wrapped: '7800' },
        { figure: 'succeeded within the deadline', bare: '77.51 %', wrapped: '99.20 %' },
        { figure: 'wasted dollars', bare: '$0.000000', wrapped: '$0.002100' },
      ],
    },
  };
  const now = verdictFileOf(compared);
  const before = {
    ...now,
    seed: 1,
    startedAt: '2026-03-03T09:00:00.000Z',
    phases: now.phases.map((phase) => ({
      ...phase,
      requestsPerCall: (phase.requestsPerCall ?? 0) * 0.7,
      goodShare: phase.name === 'calm again' ? 0.4 : phase.goodShare,
    })),
  };
  return { ...compared, earlier: compareRuns({ file: 'old/verdict.json', verdict: before }, now) };
}

/** Stopped in the middle of the storm. */
function partialRun(): RunReport {
  const run = exampleRun(6);
  return {
    ...run,
    header: { ...run.header, partial: true },
    verdict: { green: false, reasons: ['cut short: it was stopped by SIGINT'] },
    measuredMs: 21_300,
    timeline: run.timeline.slice(0, 22),
    totals: run.totals.filter(({ phase }) => ['calm', '429 storm', 'all'].includes(phase)),
    rows: run.rows.filter(({ phase }) => ['calm', '429 storm', 'all'].includes(phase)),
    recoveries: [],
    generator: { askedPerSecond: 130, offeredPerSecond: 129.6, asked: 2_769, offered: 2_760 },
  };
}

export const VARIANTS = {
  green: () => exampleRun(),
  red: redRun,
  crowded: crowdedRun,
  long: longRun,
  empty: emptyRun,
  compared: comparedRun,
  partial: partialRun,
};
