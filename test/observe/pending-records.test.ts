import {
  type Attributes,
  type Context,
  type Counter,
  context,
  createContextKey,
  type Histogram,
  metrics,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  type DataPoint,
  type ExponentialHistogram,
  type Histogram as HistogramValue,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/call.ts';
import { PendingRecords } from '../../src/observe/pending-records.ts';
import { createTelemetry } from '../../src/observe/telemetry.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { exampleCall } from './example-call.ts';

interface Book {
  readonly sums: Map<string, number>;
  /** By attributes, each in order. */
  readonly values: Map<string, number[]>;
}

/** Instruments that write down what they are told. */
function instruments(): { counter: Counter; histogram: Histogram; book: Book; told: () => number } {
  const book: Book = { sums: new Map(), values: new Map() };
  let told = 0;
  const counter: Counter = {
    add: (value, attributes) => {
      told++;
      const key = JSON.stringify(attributes);
      book.sums.set(key, (book.sums.get(key) ?? 0) + value);
    },
  };
  const histogram: Histogram = {
    record: (value, attributes) => {
      const key = JSON.stringify(attributes);
      book.values.set(key, [...(book.values.get(key) ?? []), value]);
    },
  };
  return { counter, histogram, book, told: () => told };
}

interface Metrics {
  readonly provider: MeterProvider;
  /** Both are of the first reader. */
  readonly reader: PeriodicExportingMetricReader;
  readonly exporter: InMemoryMetricExporter;
  /** Of further readers. */
  readonly others: readonly InMemoryMetricExporter[];
}

/** A provider that is registered, with a reader for each temporality, which reads when it is told to. */
function startMetrics(
  views: ViewOptions[],
  temporalities: readonly [AggregationTemporality, ...AggregationTemporality[]] = [
    AggregationTemporality.CUMULATIVE,
  ],
): Metrics {
  const make = (temporality: AggregationTemporality) => {
    const exporter = new InMemoryMetricExporter(temporality);
    return {
      exporter,
      reader: new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
    };
  };
  const first = make(temporalities[0]);
  const others = temporalities.slice(1).map(make);
  const provider = new MeterProvider({ readers: [first, ...others].map(({ reader }) => reader), views });
  metrics.setGlobalMeterProvider(provider);
  return { provider, ...first, others: others.map(({ exporter }) => exporter) };
}

type Point = DataPoint<number | HistogramValue | ExponentialHistogram>;

/** All points of a metric that were exported, the last ones last. */
function pointsOf(exporter: InMemoryMetricExporter, name: string): Point[] {
  return exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }): Point[] => dataPoints);
}

/** Calls that the last reading of a provider shows. */
function countOf(exporter: InMemoryMetricExporter): number | undefined {
  const value = pointsOf(exporter, 'gen_ai.client.operation.duration').at(-1)?.value;
  return typeof value === 'number' ? undefined : value?.count;
}

const sets: readonly Attributes[] = [{ a: 1 }, { a: 2 }, { b: 'x' }, { c: 1 }];

const step = fc.oneof(
  fc.record({ does: fc.constant('add' as const), value: fc.nat(1_000), set: fc.nat(sets.length - 1) }),
  fc.record({ does: fc.constant('record' as const), value: fc.nat(1_000), set: fc.nat(sets.length - 1) }),
  fc.record({ does: fc.constant('flush' as const) }),
);

describe('PendingRecords', () => {
  it('hands over the same sums and the same values, in order, as records made at once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1_500 }), (steps) => {
        const late = instruments();
        const atOnce = instruments();
        const pending = new PendingRecords();
        const sum = pending.sum(late.counter);
        const distribution = pending.distribution(late.histogram);
        for (const one of steps) {
          if (one.does === 'flush') pending.flush();
          else if (one.does === 'add') {
            sum.add(one.value, sets[one.set] as Attributes);
            atOnce.counter.add(one.value, sets[one.set]);
          } else {
            distribution.record(one.value, sets[one.set] as Attributes);
            atOnce.histogram.record(one.value, sets[one.set]);
          }
        }
        pending.flush();
        expect(late.book).toEqual(atOnce.book);
      }),
    );
  });

  it('adds up for a counter what attributes that are the same object get, except for the first', () => {
    const { counter, book, told } = instruments();
    const pending = new PendingRecords();
    const sum = pending.sum(counter);
    const attributes = { a: 1 };
    for (let round = 1; round <= 2; round++) {
      for (let time = 0; time < 100; time++) sum.add(2, attributes);
      expect(told()).toBe(2 * round - 1);
      pending.flush();
      expect(told()).toBe(2 * round);
    }
    expect(book.sums.get('{"a":1}')).toBe(400);
  });

  it('keeps no more than 512 back', () => {
    const { histogram, book } = instruments();
    const distribution = new PendingRecords().distribution(histogram);
    const attributes = { a: 1 };
    for (let time = 0; time < 511; time++) distribution.record(time, attributes);
    expect(book.values.get('{"a":1}')).toEqual([0]);
    distribution.record(511, attributes);
    expect(book.values.get('{"a":1}')).toHaveLength(512);
  });

  it('holds no more than 512 attributes that are new each time', () => {
    const { counter, histogram, told } = instruments();
    const clock = createFakeClock();
    const pending = new PendingRecords(clock);
    const sum = pending.sum(counter);
    const distribution = pending.distribution(histogram);
    for (let time = 0; time < 511; time++) {
      if (time % 2 === 0) sum.add(1, { time });
      else distribution.record(1, { time });
    }
    expect(clock.waiting()).toBe(1);
    sum.add(1, {});
    expect(clock.waiting()).toBe(0);
    expect(told()).toBe(257);
  });

  it('hands over after a second, where nobody reads', () => {
    const clock = createFakeClock();
    const { counter, histogram, book } = instruments();
    const pending = new PendingRecords(clock);
    const distribution = pending.distribution(histogram);
    const sum = pending.sum(counter);
    const attributes = {};
    const both = (value: number): void => {
      distribution.record(value, attributes);
      sum.add(value, attributes);
    };
    for (let round = 0; round < 2; round++) {
      book.values.clear();
      book.sums.clear();
      for (const value of [1, 2]) both(value);
      clock.advance(999);
      expect(book).toEqual({ values: new Map([['{}', [1]]]), sums: new Map([['{}', 1]]) });
      clock.advance(1);
      expect(book).toEqual({ values: new Map([['{}', [1, 2]]]), sums: new Map([['{}', 3]]) });
    }
  });

  it('takes what an instrument records while it is handed something', () => {
    const recorded: number[] = [];
    const pending = new PendingRecords();
    const attributes = {};
    const distribution = pending.distribution({
      record: (value) => {
        recorded.push(value);
        if (value < 10) distribution.record(value + 10, attributes);
      },
    });
    for (const value of [1, 2]) distribution.record(value, attributes);
    for (let time = 0; time < 3; time++) pending.flush();
    expect(recorded).toEqual([1, 11, 2, 12]);
  });

  it('throws once, when it is asked, what an instrument has thrown', () => {
    const pending = new PendingRecords();
    const sum = pending.sum({
      add: () => {
        throw new Error('no counting today');
      },
    });
    const attributes = {};
    for (let time = 0; time < 2; time++) sum.add(1, attributes);
    pending.flush();
    expect(pending.throwFault).toThrow('no counting today');
    expect(pending.throwFault).not.toThrow();
  });
});

describe('faults of instruments', () => {
  it('cost the record that met them, and no other', () => {
    const values: number[] = [];
    const sums: number[] = [];
    const pending = new PendingRecords();
    const distribution = pending.distribution({
      record: (value) => {
        if (value === 1) throw new Error('not this one');
        values.push(value);
      },
    });
    const sum = pending.sum({
      add: (value) => {
        if (value === 1) throw new Error('not this one');
        sums.push(value);
      },
    });
    const attributes = {};
    for (const value of [0, 1, 2, 3]) distribution.record(value, attributes);
    for (const value of [1, 2, 3]) sum.add(value, { value });
    pending.flush();
    expect(values).toEqual([0, 2, 3]);
    expect(sums).toEqual([2, 3]);
  });

  it('leave the span and the other metrics of the next call whole', async () => {
    const spans = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
    );
    const { exporter, provider } = startMetrics([
      {
        instrumentName: 'telltale.tokens',
        attributesProcessors: [
          {
            process: () => {
              throw new Error('no tokens today');
            },
          },
        ],
      },
    ]);
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const call: Call = { ...exampleCall(), costUsd: 1, usage: { source: 'provider', outputTokens: 7 } };
    const faults: unknown[] = [];
    try {
      for (let time = 0; time < 3; time++) {
        const listener = telemetry(call);
        try {
          listener?.ended?.(call);
        } catch (fault) {
          faults.push(fault);
        }
        await provider.forceFlush();
      }
    } finally {
      await provider.shutdown();
      metrics.disable();
      trace.disable();
    }
    expect(spans.getFinishedSpans()).toHaveLength(3);
    const [cost] = pointsOf(exporter, 'telltale.cost').slice(-1);
    expect(cost?.value).toBe(3);
    expect(faults.length).toBeGreaterThan(0);
  });
});

describe('metrics of calls', () => {
  const call: Call = { ...exampleCall(), usage: { source: 'provider', outputTokens: 7 } };

  it('are handed over to a provider that shuts down right after the calls', async () => {
    const { exporter, provider } = startMetrics([], [AggregationTemporality.DELTA]);
    const telemetry = createTelemetry({ openCalls: () => 0 });
    try {
      for (let time = 0; time < 2; time++) telemetry(call)?.ended?.(call);
      await provider.shutdown();
    } finally {
      metrics.disable();
    }
    expect(countOf(exporter)).toBe(2);
    expect(pointsOf(exporter, 'telltale.tokens').map(({ value }) => value)).toEqual([14]);
  });

  it('go to the provider under which their call began, also where another has been registered since', async () => {
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const before = startMetrics([]);
    const after: Metrics[] = [];
    try {
      for (let time = 0; time < 2; time++) telemetry(call)?.ended?.(call);
      const open = telemetry(call);
      metrics.disable();
      telemetry(call)?.ended?.(call);
      after.push(startMetrics([]));
      for (let time = 0; time < 2; time++) telemetry(call)?.ended?.(call);
      open?.ended?.(call);
      await before.provider.forceFlush();
      await after[0]?.provider.forceFlush();
      expect(countOf(before.exporter)).toBe(3);
      expect(after.map(({ exporter }) => countOf(exporter))).toEqual([2]);
      // Back again: it is the same provider, and nothing is told twice.
      metrics.disable();
      metrics.setGlobalMeterProvider(before.provider);
      for (let time = 0; time < 2; time++) telemetry(call)?.ended?.(call);
      before.exporter.reset();
      await before.provider.forceFlush();
      expect(countOf(before.exporter)).toBe(5);
    } finally {
      await before.provider.shutdown();
      await after[0]?.provider.shutdown();
      metrics.disable();
    }
  });

  it('do not go to the provider before, where the instruments of the next cannot be made', async () => {
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const { exporter, provider } = startMetrics([]);
    try {
      telemetry(call)?.ended?.(call);
      metrics.disable();
      const meter = provider.getMeter('another');
      meter.createHistogram = () => {
        throw new Error('no histograms today');
      };
      metrics.setGlobalMeterProvider({ getMeter: () => meter });
      expect(() => telemetry(call)).toThrow('no histograms today');
      telemetry(call)?.ended?.(call);
      await provider.forceFlush();
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
    expect(countOf(exporter)).toBe(1);
  });

  it('add up where a view leaves attributes out', async () => {
    const call: Call = { ...exampleCall(), usage: { source: 'provider', inputTokens: 20, outputTokens: 7 } };
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({
      readers: [reader],
      views: [
        { instrumentName: 'telltale.tokens', attributesProcessors: [createAllowListAttributesProcessor([])] },
      ],
    });
    metrics.setGlobalMeterProvider(provider);
    try {
      for (let time = 0; time < 3; time++) createTelemetry({ openCalls: () => 0 })(call)?.ended?.(call);
      await provider.forceFlush();
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
    const points = exporter
      .getMetrics()[0]
      ?.scopeMetrics.flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === 'telltale.tokens')?.dataPoints;
    expect(points?.map(({ value }) => value)).toEqual([81]);
  });

  it('begin with the first call rather than when they are handed over, which may be after the end', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
    const { exporter, provider } = startMetrics([]);
    // What is asked before us takes its time.
    provider
      .getMeter('another')
      .createObservableGauge('slow')
      .addCallback(() => void vi.setSystemTime(1_000_030));
    try {
      createTelemetry({ openCalls: () => 0 })(call)?.ended?.(call);
      vi.setSystemTime(1_000_020);
      await provider.forceFlush();
    } finally {
      vi.useRealTimers();
      await provider.shutdown();
      metrics.disable();
    }
    for (const name of ['telltale.tokens', 'gen_ai.client.operation.duration']) {
      const [point] = pointsOf(exporter, name);
      expect(point?.startTime).toEqual([1_000, 0]);
      expect(point?.endTime).toEqual([1_000, 20_000_000]);
    }
  });

  it('do not carry what the context of a reading or of another call says', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    const tenant = createContextKey('tenant');
    const { exporter, provider } = startMetrics([
      {
        instrumentName: 'telltale.*',
        attributesProcessors: [
          {
            process: (attributes, current) => ({
              ...attributes,
              tenant: String(current?.getValue(tenant) ?? 'none'),
            }),
          },
        ],
      },
    ]);
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const within = (name: string): Context => ROOT_CONTEXT.setValue(tenant, name);
    try {
      for (const name of ['a', 'a', 'b']) context.with(within(name), () => telemetry(call)?.ended?.(call));
      await context.with(within('c'), () => provider.forceFlush());
    } finally {
      await provider.shutdown();
      metrics.disable();
      context.disable();
    }
    const points = pointsOf(exporter, 'telltale.tokens');
    expect(new Set(points.map(({ attributes }) => attributes['tenant']))).toEqual(new Set(['none']));
    expect(points[0]?.value).toBe(21);
  });

  it('are read in whole where a view drops the calls in flight, by readers of both temporalities', async () => {
    const { exporter, others, reader, provider } = startMetrics(
      [{ instrumentName: 'telltale.inflight', aggregation: { type: AggregationType.DROP } }],
      [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA],
    );
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const read: unknown[] = [];
    try {
      for (let round = 0; round < 3; round++) {
        for (let time = 0; time < 2; time++) telemetry(call)?.ended?.(call);
        const { resourceMetrics } = await reader.collect();
        await provider.forceFlush();
        const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
        const tokens = all.find(({ descriptor }) => descriptor.name === 'telltale.tokens');
        read.push(tokens?.dataPoints[0]?.value);
      }
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
    expect(read).toEqual([14, 28, 42]);
    expect(others.flatMap((of) => pointsOf(of, 'telltale.tokens').map(({ value }) => value))).toEqual([
      14, 14, 14,
    ]);
    expect(pointsOf(exporter, 'telltale.inflight')).toEqual([]);
  });

  it('are told apart by models whatever their names are', async () => {
    const { exporter, provider } = startMetrics([]);
    const telemetry = createTelemetry({ openCalls: () => 0 });
    const { model: _, ...request } = call.request;
    const named = (model: string | undefined, answered: string | undefined): Call => ({
      ...call,
      request: { ...request, ...(model !== undefined && { model }) },
      response: { ...(answered !== undefined && { model: answered }) },
    });
    const calls = [
      named('a|b', 'c'),
      named('a', 'b|c'),
      named('undefined', 'c'),
      named(undefined, 'c'),
      named('c', undefined),
    ];
    try {
      for (const one of calls) telemetry(one)?.ended?.(one);
      await provider.forceFlush();
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
    const models = pointsOf(exporter, 'telltale.tokens').map(({ attributes }) => [
      attributes['gen_ai.request.model'],
      attributes['gen_ai.response.model'],
    ]);
    expect(models.slice(0, calls.length)).toEqual(
      calls.map(({ request, response }) => [request.model, response.model]),
    );
  });
});
