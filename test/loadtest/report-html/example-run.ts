import type {
  Invariant,
  PhaseRow,
  PhaseTotal,
  RunReport,
  SideFigures,
  Spread,
  TimelinePoint,
} from '../../../loadtest/report/model.ts';
import { EXAMPLE_PHASES, type ExampleCall, exampleCalls } from './example-calls.ts';
import { exampleTrace } from './example-traces.ts';

const USD_PER_MILLION: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'gpt-5': [1.25, 10],
  'gpt-5-mini': [0.25, 2],
  'gpt-4o-mini': [0.15, 0.6],
};

const sum = <Item>(items: readonly Item[], figure: (item: Item) => number) =>
  items.reduce((total, item) => total + figure(item), 0);

function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function spread(values: readonly number[]): Spread {
  return {
    p50Ms: percentile(values, 0.5),
    p90Ms: percentile(values, 0.9),
    p95Ms: percentile(values, 0.95),
    p99Ms: percentile(values, 0.99),
    maxMs: percentile(values, 1),
  };
}

const LEVEL = { wholeMs: 2_000, firstTokenMs: 500 };

function isGood(call: ExampleCall): boolean {
  if (!call.ok || call.toMs - call.fromMs > LEVEL.wholeMs) return false;
  return call.kind === 'json' || call.firstChunkMs <= LEVEL.firstTokenMs;
}

function costUsd(call: ExampleCall): number {
  const [input, output] = USD_PER_MILLION[call.model] ?? [0, 0];
  return (call.inputTokens * input + call.outputTokens * output) / 1e6;
}

function backoffMs(call: ExampleCall): number {
  return (
    sum(call.attempts.slice(1), (attempt) => attempt.fromMs) -
    sum(call.attempts.slice(0, -1), (attempt) => attempt.toMs)
  );
}

function phaseRow(phase: string, kind: ExampleCall['kind'], calls: readonly ExampleCall[]): PhaseRow {
  const mine = calls.filter((call) => call.kind === kind && (phase === 'all' || call.phase === phase));
  const took = mine.map((call) => call.toMs - call.fromMs);
  const firstChunks = mine.filter((call) => call.ok).map((call) => call.firstChunkMs);
  const gaps = mine
    .filter((call) => call.ok)
    .map((call) => (call.toMs - call.fromMs - call.firstChunkMs) / call.outputTokens);
  const streamed = { firstChunk: spread(firstChunks), chunkGap: spread(gaps) };
  return {
    phase,
    kind,
    offered: mine.length,
    succeeded: mine.filter((call) => call.ok).length,
    failed: mine.filter((call) => !call.ok).length,
    attemptsPerCall: sum(mine, (call) => call.attempts.length) / mine.length,
    good: mine.filter(isGood).length,
    whole: spread(took),
    ...(kind === 'stream' ? streamed : {}),
    inputTokens: sum(mine, (call) => call.inputTokens),
    outputTokens: sum(mine, (call) => call.outputTokens),
    costUsd: sum(mine, costUsd),
    backoffMs: sum(mine, backoffMs),
    throttleMs: 0,
  };
}

function phaseTotal(phase: string, calls: readonly ExampleCall[], lengthMs: number): PhaseTotal {
  const mine = calls.filter((call) => phase === 'all' || call.phase === phase);
  const good = mine.filter(isGood).length;
  return {
    phase,
    offered: mine.length,
    succeeded: mine.filter((call) => call.ok).length,
    good,
    goodPerSecond: good / (lengthMs / 1_000),
    requestsPerCall: sum(mine, (call) => call.attempts.length) / mine.length,
    backoffMs: sum(mine, backoffMs),
    throttleMs: 0,
    costUsd: sum(mine, costUsd),
    wasted: { attempts: 3, tokens: 1_204, costUsd: 0.002_1 },
  };
}

function timelinePoint(second: number, calls: readonly ExampleCall[]): TimelinePoint {
  const within = (ms: number) => Math.floor(ms / 1000) === second;
  const ended = calls.filter((call) => within(call.toMs));
  const took = ended.map((call) => call.toMs - call.fromMs);
  return {
    atMs: second * 1000,
    offered: calls.filter((call) => within(call.fromMs)).length,
    succeeded: ended.filter((call) => call.ok).length,
    good: ended.filter(isGood).length,
    failed: ended.filter((call) => !call.ok).length,
    retries: sum(calls, (call) => call.attempts.slice(1).filter((attempt) => within(attempt.fromMs)).length),
    p50Ms: percentile(took, 0.5),
    p95Ms: percentile(took, 0.95),
  };
}

function errorsOf(calls: readonly ExampleCall[]): RunReport['errors'] {
  return ['429', '503'].flatMap((errorType) =>
    [true, false].map((ok) => {
      const met = calls.filter(
        (call) => call.ok === ok && call.attempts.some((a) => String(a.status) === errorType),
      );
      const attempts = sum(met, (call) => call.attempts.filter((a) => String(a.status) === errorType).length);
      return {
        errorType,
        outcome: ok ? 'ok' : 'error',
        calls: met.length,
        attempts,
        example: met[0]?.id ?? '',
      };
    }),
  );
}

function modelsOf(calls: readonly ExampleCall[]): RunReport['models'] {
  return Object.keys(USD_PER_MILLION).map((model) => {
    const mine = calls.filter((call) => call.model === model);
    return {
      model,
      calls: mine.length,
      inputTokens: sum(mine, (call) => call.inputTokens),
      cachedTokens: sum(mine, (call) => call.cachedTokens),
      outputTokens: sum(mine, (call) => call.outputTokens),
      reasoningTokens: sum(mine, (call) => call.reasoningTokens),
      costUsd: sum(mine, costUsd),
    };
  });
}

function invariantsOf(calls: readonly ExampleCall[]): readonly Invariant[] {
  const text = (value: number) => value.toLocaleString('en-US');
  const all = text(calls.length);
  const attempts = sum(calls, (call) => call.attempts.length);
  const backoffs = attempts - calls.length;
  const spans = calls.length * 2 + attempts + backoffs;
  const tokens = text(sum(calls, (call) => call.inputTokens + call.outputTokens));
  const cost = `$${sum(calls, costUsd).toFixed(6)}`;
  const agreed = { difference: 0, notes: [], examples: [] };
  return [
    {
      ...agreed,
      id: 'I1',
      title: 'Every outcome is one that the mock’s ledger allows',
      counts: [
        { book: 'telemetry', value: all },
        { book: 'ledger', value: all },
      ],
      notes: ['2 aborts crossed a reply; either outcome is allowed for these.'],
    },
    {
      ...agreed,
      id: 'I2',
      title: 'Every call has exactly one outcome, the one k6 saw',
      counts: ['k6', 'telemetry', 'ledger'].map((book) => ({ book, value: all })),
    },
    {
      ...agreed,
      id: 'I3',
      title: 'Attempts in the telemetry are requests at the mock',
      counts: ['telemetry', 'ledger'].map((book) => ({ book, value: text(attempts) })),
    },
    {
      ...agreed,
      id: 'I6',
      title: 'Tokens and cost: ledger, metrics and spans agree exactly',
      counts: ['ledger', 'metrics', 'spans'].map((book) => ({ book, value: `${tokens} · ${cost}` })),
      notes: ['0 calls with estimated usage.'],
    },
    {
      ...agreed,
      id: 'I7',
      title: 'Spans are calls, attempts and waits; none is left open',
      counts: [
        { book: 'spans received', value: text(spans) },
        { book: 'calls, attempts, waits', value: text(spans) },
      ],
    },
  ];
}

/** What one side came to, of a load of 130 calls a second. */
export function sideOf(calls: readonly ExampleCall[]): SideFigures {
  const lastSecond = Math.floor(Math.max(...calls.map((call) => call.toMs)) / 1000);
  const names = [...EXAMPLE_PHASES.map((phase) => phase.name), 'all'];
  return {
    rows: names.flatMap((phase) => (['json', 'stream'] as const).map((kind) => phaseRow(phase, kind, calls))),
    totals: names.map((phase) => phaseTotal(phase, calls, phase === 'all' ? 60_000 : 15_000)),
    timeline: Array.from({ length: lastSecond + 1 }, (_, second) => timelinePoint(second, calls)),
    wasted: [
      { why: 'truncated', attempts: 2, tokens: 804, costUsd: 0.001_5 },
      { why: 'asked again', attempts: 1, tokens: 400, costUsd: 0.000_6 },
    ],
    recoveries: [
      { phase: '429 storm', endMs: 30_000, state: 'not observed' },
      { phase: '503 brownout', endMs: 45_000, state: 'recovered', afterMs: 750 },
    ],
    source: 'telemetry',
    generator: {
      askedPerSecond: 130,
      offeredPerSecond: 130,
      asked: 7_800,
      offered: calls.length,
      dropped: 0,
      lag: { p50Ms: 0.4, p90Ms: 1.2, p95Ms: 2.1, p99Ms: 8.4, maxMs: 41 },
      users: { busy: 212, ready: 390 },
    },
  };
}

/** A minute of 130 calls a second through a 429 storm and a 503 brownout: 7,800 calls, and a green verdict. */
export function exampleRun(seed = 1): RunReport {
  const calls = exampleCalls(seed);
  const errors = errorsOf(calls);
  const examples = errors.flatMap(({ example }) => calls.find(({ id }) => id === example) ?? []);
  const lastSecond = Math.floor(Math.max(...calls.map((call) => call.toMs)) / 1000);
  const byDuration = [...calls].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  const byAttempts = calls.filter((call) => call.attempts.length > 2 && call.ok);
  const succeeded = calls.filter((call) => call.ok).length;
  return {
    ...sideOf(calls),
    header: {
      scenario: 'calm-storm-brownout',
      seed,
      startedAt: '2026-03-04T12:30:05.123Z',
      durationMs: (lastSecond + 1) * 1000,
      offeredPerSecond: { json: 100, streams: 30 },
      versions: {
        node: '24.3.0',
        openai: '7.57.0',
        telltale: '0.1.0',
        k6: '1.8.1',
        '@opentelemetry/api': '1.10.0',
      },
      machine: '2 × Intel Xeon, 24 GiB, linux x64',
      partial: false,
    },
    verdict: { green: true, reasons: [] },
    serviceLevel: LEVEL,
    measuredMs: (lastSecond + 1) * 1000,
    phases: EXAMPLE_PHASES.map(({ name, faults, fromMs, toMs }) => ({ name, faults, fromMs, toMs })),
    errors,
    models: modelsOf(calls),
    invariants: invariantsOf(calls),
    thresholds: [
      { name: 'dropped iterations', expression: 'count == 0', measured: '0', ok: true },
      { name: 'success in calm phases', expression: 'rate == 100 %', measured: '100 %', ok: true },
      {
        name: 'success over the run',
        expression: 'rate >= 85 %',
        measured: `${((succeeded / calls.length) * 100).toFixed(1)} %`,
        ok: true,
      },
    ],
    telemetry: {
      spans: sum(calls, (call) => 2 * call.attempts.length + 1),
      metricPoints: 1_284,
      logRecords: calls.length,
      exports: { traces: 118, metrics: 31, logs: 119 },
      refused: 0,
      duplicates: 0,
      late: 0,
      lateAfterMs: 5_000,
      longestLagMs: 812,
      droppedParts: 0,
      orphans: 0,
      exportFailures: 0,
    },
    traces: {
      slowest: byDuration.slice(0, 4).map(exampleTrace),
      mostRetried: byAttempts.slice(0, 4).map(exampleTrace),
      failed: examples.map(exampleTrace),
    },
  };
}
