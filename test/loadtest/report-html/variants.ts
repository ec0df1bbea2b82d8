import type { RunReport } from '../../../loadtest/report/model.ts';
import { exampleRun } from './example-run.ts';

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
              p50Ms: row.p50Ms * slower,
              p95Ms: row.p95Ms * slower,
              p99Ms: row.p99Ms * slower,
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

const emptyPoint = { atMs: 0, offered: 0, succeeded: 0, failed: 0, retries: 0, p50Ms: 0, p95Ms: 0 };

/** Cut short before the first call. */
function emptyRun(): RunReport {
  const run = exampleRun(1);
  return {
    ...run,
    header: { ...run.header, durationMs: 0, versions: {}, machine: '', partial: true },
    verdict: { green: false, reasons: [] },
    phases: [],
    rows: [],
    timeline: [],
    errors: [],
    models: [],
    invariants: [],
    thresholds: [],
    telemetry: { spans: 0, metricPoints: 0, exportFailures: 0 },
    traces: { slowest: [], mostRetried: [] },
  };
}

export const VARIANTS = {
  green: () => exampleRun(),
  red: redRun,
  crowded: crowdedRun,
  long: longRun,
  empty: emptyRun,
};
