import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/account/figures.ts';
import { createStatistics } from '../../src/account/statistics.ts';
import type { TokenSummary } from '../../src/account/token-counts.ts';
import type { Call, Outcome, Usage } from '../../src/call.ts';
import type { DurationSummary } from '../../src/durations.ts';

const outcomes: readonly Outcome[] = [
  'ok',
  'error',
  'refused',
  'cancelled',
  'truncated',
  'empty',
  'abandoned',
];
const wasted: readonly (Outcome | undefined)[] = ['error', 'cancelled', 'truncated', 'empty'];

const tokenKinds = [
  'input',
  'cachedInput',
  'cacheWriteInput',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
] as const;

interface Sample {
  model?: string;
  durationMs?: number;
  firstChunkMs?: number | undefined;
  usage?: Usage;
  costUsd?: number | undefined;
  attempts?: number;
  backoffMs?: number;
  outcome?: Outcome;
  sentModel?: string | undefined;
  fallbackModel?: string | undefined;
}

function callOf(sample: Sample): Call {
  const { model, durationMs = 10, firstChunkMs, costUsd, sentModel, fallbackModel } = sample;
  return {
    request: {
      operation: 'chat',
      endpoint: 'chat',
      method: 'POST',
      route: '/chat/completions',
      ...(model !== undefined && { model }),
      streamed: firstChunkMs !== undefined,
      provider: 'openai',
      serverAddress: '127.0.0.1',
    },
    startedMs: 0,
    endedMs: durationMs,
    response: {},
    usage: sample.usage ?? { source: 'unknown' },
    ...(costUsd !== undefined && { costUsd }),
    ...(sentModel !== undefined && { sentModel }),
    ...(fallbackModel !== undefined && {
      fallbacks: [{ model: fallbackModel, reason: 'ill' as const, serverAddress: '127.0.0.1' }],
    }),
    attempts: sample.attempts ?? 1,
    backoffMs: sample.backoffMs ?? 0,
    ...(firstChunkMs !== undefined && { firstChunkMs }),
    chunks: 0,
    outcome: sample.outcome ?? 'ok',
  };
}

function statisticsOf(calls: readonly Call[], maxModels?: number) {
  const statistics = createStatistics(maxModels === undefined ? {} : { maxModels });
  for (const call of calls) statistics.observer(call)?.ended?.(call);
  return statistics.snapshot();
}

const optionalCount = fc.option(fc.nat({ max: 1_000_000 }), { nil: undefined });
const aUsage = fc
  .record({
    source: fc.constantFrom<Usage['source']>('provider', 'estimated', 'unknown'),
    ...Object.fromEntries(tokenKinds.map((kind) => [`${kind}Tokens`, optionalCount])),
  })
  .map(
    (usage) =>
      Object.fromEntries(
        Object.entries(usage).filter(([, count]) => count !== undefined),
      ) as unknown as Usage,
  );
const aCall = fc
  .record({
    model: fc.constantFrom('gpt-5', 'gpt-5-mini', 'o3'),
    sentModel: fc.constantFrom(undefined, undefined, 'gpt-5-nano'),
    fallbackModel: fc.constantFrom(undefined, undefined, 'gpt-5-mini', 'gpt-5-eu'),
    durationMs: fc.double({ min: 0, max: 3_600_000, noNaN: true }),
    firstChunkMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
    usage: aUsage,
    // Up to 100 USD in pico-dollars.
    costUsd: fc.option(
      fc.nat({ max: 100_000_000 }).map((micro) => (micro * 1e6 + (micro % 1e6)) / 1e12),
      { nil: undefined },
    ),
    attempts: fc.nat({ max: 5 }),
    backoffMs: fc.nat({ max: 10_000 }),
    outcome: fc.constantFrom(...outcomes),
  })
  .map(callOf);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
const picoUsd = (costs: readonly number[]) =>
  Number(costs.reduce((total, cost) => total + BigInt(Math.round(cost * 1e12)), 0n)) / 1e12;

/** Of these calls, all of which are chats, none ended with an error status. */
const mayHaveCost = ({ usage, attempts, outcome }: Call) =>
  usage.source !== 'unknown' || (attempts > 0 && outcome !== 'refused');

const wentTo = (call: Call) => call.sentModel ?? call.fallbacks?.[0]?.model ?? call.request.model;

/** Computes every figure again, the plain way, from the list of calls that were asked for and of those that came to it. */
function expectFigures(
  figures: Figures,
  asked: readonly Call[],
  precision: number,
  sent: readonly Call[] = asked,
): void {
  expectCalls(figures, asked, precision);
  expectSpent(figures, sent);
}

function expectCalls(figures: Figures, calls: readonly Call[], precision: number): void {
  expect(figures.calls).toBe(calls.length);
  expect(figures.inFlight).toBe(0);
  for (const outcome of outcomes) {
    expect(figures.outcomes[outcome]).toBe(calls.filter((call) => call.outcome === outcome).length);
  }
  expect(figures.attempts).toBe(sum(calls.map((call) => call.attempts)));
  expect(figures.retries).toBe(sum(calls.map((call) => Math.max(0, call.attempts - 1))));
  expect(figures.backoffMs).toBe(sum(calls.map((call) => call.backoffMs)));
  expectDurations(figures.durationMs, known(calls.map((call) => call.endedMs)), precision);
  expectDurations(figures.firstChunkMs, known(calls.map((call) => call.firstChunkMs)), precision);
}

function expectSpent(figures: Figures, calls: readonly Call[]): void {
  for (const kind of tokenKinds) {
    expectTokens(
      figures.tokens[kind],
      calls.map((call) => call.usage[`${kind}Tokens`]),
    );
  }
  const nanoUsd = 9;
  expect(figures.cost.usd).toBeCloseTo(picoUsd(known(calls.map((call) => call.costUsd))), nanoUsd);
  const wasteful = calls.filter((call) => wasted.includes(call.outcome));
  expect(figures.cost.wastedUsd).toBeCloseTo(picoUsd(known(wasteful.map((call) => call.costUsd))), nanoUsd);
  for (const [outcome, usd] of Object.entries(figures.cost.wastedUsdByOutcome)) {
    const ended = calls.filter((call) => call.outcome === outcome);
    expect(usd).toBeCloseTo(picoUsd(known(ended.map((call) => call.costUsd))), nanoUsd);
  }
  const unknown = calls.filter((call) => call.costUsd === undefined && mayHaveCost(call));
  expect(figures.cost.unknownCalls).toBe(unknown.length);
  const unpriced = unknown.filter((call) => call.usage.source !== 'unknown');
  expect(sum(Object.values(figures.cost.unpricedModels))).toBe(unpriced.length);
  for (const source of ['provider', 'estimated', 'unknown'] as const) {
    expect(figures.usageSources[source]).toBe(calls.filter((call) => call.usage.source === source).length);
  }
}

function expectDurations(summary: DurationSummary, durations: readonly number[], precision: number): void {
  expect(summary.count).toBe(durations.length);
  if (durations.length === 0) {
    expect(summary).toEqual({ count: 0 });
    return;
  }
  expect(summary.mean).toBeCloseTo(sum(durations) / durations.length, 5);
  expect(summary.max).toBe(Math.max(...durations));
  const sorted = durations.toSorted((a, b) => a - b);
  for (const percent of [50, 95, 99] as const) {
    const rank = (percent / 100) * sorted.length;
    // Definitions of a percentile differ by at most one place.
    const low = sorted[Math.max(Math.floor(rank) - 1, 0)] ?? Number.NaN;
    const high = sorted[Math.min(Math.ceil(rank), sorted.length) - 1] ?? Number.NaN;
    const microsecond = 0.001;
    expect(summary[`p${percent}`]).toBeGreaterThanOrEqual(low * (1 - precision) - microsecond);
    expect(summary[`p${percent}`]).toBeLessThanOrEqual(high * (1 + precision) + microsecond);
  }
}

function expectTokens(summary: TokenSummary, counts: readonly (number | undefined)[]): void {
  const values = known(counts);
  expect(summary.count).toBe(values.length);
  expect(summary.sum).toBe(sum(values));
  if (values.length === 0) {
    expect(summary).toEqual({ count: 0, sum: 0 });
    return;
  }
  const mean = sum(values) / values.length;
  expect(summary.mean).toBeCloseTo(mean, 6);
  expect(summary.deviation).toBeCloseTo(
    Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length),
    3,
  );
}

describe('createStatistics', () => {
  it('says nothing of what has not happened', () => {
    const { byModel, ...figures } = createStatistics().snapshot();
    expect(byModel).toEqual({});
    expectFigures(figures, [], 0);
  });

  it('equals what is computed from the list of calls, in all and by model', () => {
    fc.assert(
      fc.property(fc.array(aCall, { maxLength: 200 }), (calls) => {
        const { byModel, ...total } = statisticsOf(calls);
        expectFigures(total, calls, 0.001);
        expect(Object.keys(byModel).toSorted()).toEqual(
          [...new Set(calls.flatMap((call) => [call.request.model, wentTo(call)]))].toSorted(),
        );
        for (const [model, figures] of Object.entries(byModel)) {
          expectFigures(
            figures,
            calls.filter((call) => call.request.model === model),
            0.01,
            calls.filter((call) => wentTo(call) === model),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it('counts a call that runs as in flight, and under no outcome yet', () => {
    const statistics = createStatistics();
    const call = callOf({ model: 'gpt-5' });
    const listener = statistics.observer(call);
    const running = statistics.snapshot();
    expect([running.calls, running.inFlight, running.attempts, running.durationMs.count]).toEqual([
      1, 1, 0, 0,
    ]);
    expect(running.byModel['gpt-5']?.inFlight).toBe(1);
    listener?.ended?.(call);
    const done = statistics.snapshot();
    expect([done.calls, done.inFlight, done.outcomes.ok]).toEqual([1, 0, 1]);
    expect(running.inFlight).toBe(1);
  });

  it('adds money up without losing a nano-dollar over many small and large sums', () => {
    const tiny = 0.000_000_02;
    const calls = [
      callOf({ costUsd: 1_999.999_999_999 }),
      ...Array.from({ length: 100_000 }, () => callOf({ costUsd: tiny })),
    ];
    const { cost } = statisticsOf([
      ...calls,
      ...Array.from({ length: 20 }, () => callOf({ costUsd: 1_999.5 })),
    ]);
    expect(cost.usd).toBeCloseTo(1_999.999_999_999 + 0.002 + 39_990, 9);
  });

  it('takes the cost of no other outcome than the four wasteful ones for wasted', () => {
    const { cost } = statisticsOf(outcomes.map((outcome) => callOf({ outcome, costUsd: 1 })));
    expect(cost).toEqual({
      usd: 7,
      unknownCalls: 0,
      unpricedModels: {},
      wastedUsd: 4,
      wastedUsdByOutcome: { error: 1, cancelled: 1, truncated: 1, empty: 1 },
      cacheSavedUsd: 0,
    });
  });

  it('counts the models beyond its maximum together, and a call where it started', () => {
    const statistics = createStatistics({ maxModels: 2 });
    const calls = ['a', 'b', 'c', 'd', undefined].map((model) =>
      callOf(model === undefined ? {} : { model }),
    );
    const listeners = calls.map((call) => statistics.observer(call));
    calls.forEach((call, index) => void listeners[index]?.ended?.(call));
    const { calls: all, byModel } = statistics.snapshot();
    expect(all).toBe(5);
    expect(Object.keys(byModel)).toEqual(['a', 'b', '_other']);
    expect(byModel['_other']?.calls).toBe(3);
    expect(byModel['_other']?.inFlight).toBe(0);
  });

  it('keeps at most 100 models by default, whatever names callers make up', () => {
    const calls = Array.from({ length: 1_000 }, (_, index) => callOf({ model: `made-up-${index}` }));
    const { byModel } = statisticsOf([
      callOf({ model: '__proto__' }),
      callOf({ model: 'constructor' }),
      ...calls,
    ]);
    expect(Object.keys(byModel)).toHaveLength(101);
    expect(Object.hasOwn(byModel, '__proto__')).toBe(true);
    expect(sum(Object.values(byModel).map((figures) => figures.calls))).toBe(1_002);
  });

  it('counts calls that name no model under _none', () => {
    expect(statisticsOf([callOf({})]).byModel['_none']?.calls).toBe(1);
  });

  it('keeps the exact maximum of a call longer than an hour, and its percentiles at the hour', () => {
    const { durationMs } = statisticsOf([callOf({ durationMs: 7_200_000 })]);
    expect(durationMs.max).toBe(7_200_000);
    expect(durationMs.mean).toBe(7_200_000);
    expect((durationMs.p50 ?? 0) / 3_600_000).toBeCloseTo(1, 2);
  });

  it('takes a call of no measurable length', () => {
    const { durationMs } = statisticsOf([callOf({ durationMs: 0 })]);
    expect(durationMs).toEqual({ count: 1, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });
});
