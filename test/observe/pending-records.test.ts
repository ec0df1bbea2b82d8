import { type Attributes, type Counter, type Histogram, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  createAllowListAttributesProcessor,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/call.ts';
import { PendingRecords } from '../../src/observe/pending-records.ts';
import { createTelemetry } from '../../src/observe/telemetry.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { exampleCall } from './example-call.ts';

interface Book {
  readonly sums: Map<string, number>;
  readonly values: [string, number][];
}

/** Instruments that write down what they are told. */
function instruments(): { counter: Counter; histogram: Histogram; book: Book; told: () => number } {
  const book: Book = { sums: new Map(), values: [] };
  let told = 0;
  const counter: Counter = {
    add: (value, attributes) => {
      told++;
      const key = JSON.stringify(attributes);
      book.sums.set(key, (book.sums.get(key) ?? 0) + value);
    },
  };
  const histogram: Histogram = {
    record: (value, attributes) => book.values.push([JSON.stringify(attributes), value]),
  };
  return { counter, histogram, book, told: () => told };
}

const sets: readonly Attributes[] = [{ a: 1 }, { a: 2 }, { b: 'x' }, { a: 1 }];

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

  it('makes one record of a sum for attributes that are the same object', () => {
    const { counter, told } = instruments();
    const pending = new PendingRecords();
    const sum = pending.sum(counter);
    const attributes = { a: 1 };
    for (let time = 0; time < 100; time++) sum.add(2, attributes);
    expect(told()).toBe(0);
    pending.flush();
    expect(told()).toBe(1);
  });

  it('keeps no more than 512 back, of values and of sums with attributes of their own', () => {
    const { counter, histogram, book, told } = instruments();
    const pending = new PendingRecords();
    const sum = pending.sum(counter);
    const distribution = pending.distribution(histogram);
    for (let time = 0; time < 512; time++) distribution.record(time, { a: 1 });
    expect(book.values).toHaveLength(512);
    for (let time = 0; time < 512; time++) sum.add(1, { time });
    expect(told()).toBe(512);
  });

  it('hands over after a second, where nobody reads', () => {
    const clock = createFakeClock();
    const { histogram, book } = instruments();
    const pending = new PendingRecords(clock);
    pending.distribution(histogram).record(1, {});
    clock.advance(999);
    expect(book.values).toEqual([]);
    clock.advance(1);
    expect(book.values).toEqual([['{}', 1]]);
  });

  it('throws what an instrument throws at the next record, and goes on', () => {
    const { histogram, book } = instruments();
    const pending = new PendingRecords();
    const sum = pending.sum({
      add: () => {
        throw new Error('no counting today');
      },
    });
    const distribution = pending.distribution(histogram);
    sum.add(1, {});
    distribution.record(7, {});
    expect(() => pending.flush()).not.toThrow();
    expect(book.values).toEqual([['{}', 7]]);
    expect(() => distribution.record(8, {})).toThrow('no counting today');
    distribution.record(9, {});
    pending.flush();
    expect(book.values.map(([, value]) => value)).toEqual([7, 8, 9]);
  });
});

describe('metrics of calls', () => {
  it('are handed over to a provider that shuts down right after the call', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      const call: Call = {
        ...exampleCall(),
        usage: { source: 'provider', inputTokens: 20, outputTokens: 7 },
      };
      createTelemetry({ openCalls: () => 0 })(call)?.ended?.(call);
      await provider.shutdown();
    } finally {
      metrics.disable();
    }
    const names = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .map(({ descriptor }) => descriptor.name);
    expect(names).toContain('gen_ai.client.operation.duration');
    expect(names).toContain('telltale.tokens');
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
});
