import { logs, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, describe, expect, test } from 'vitest';
import { openTelemetrySink } from '../../bench/floor/open-telemetry.ts';
import { client, oneCall } from '../../bench/subjects.ts';
import { observe } from '../../src/index.ts';

const sink = openTelemetrySink();
afterAll(() => sink.shutdown());

describe('the floor', () => {
  test('says what an observed call says, fact by fact', async () => {
    const openai = observe(client());
    const call = await sink.record(() => oneCall(openai));
    expect(call.counts).toMatchObject({ spans: 2, events: 0 });
    expect(call.counts.metricRecords).toBeGreaterThan(0);
    expect(call.facts).toEqual(
      expect.arrayContaining([
        ['span', 'chat gpt-5-mini'],
        ['span', 'POST /chat/completions'],
        ['telltale.tokens', 90],
      ]),
    );
    const floor = await sink.record(async () => call.replay());
    expect({ counts: floor.counts, facts: floor.facts }).toEqual({ counts: call.counts, facts: call.facts });
  });

  test('says everything that OpenTelemetry has words for, in the same order and under the same parent', async () => {
    const meter = metrics.getMeter('test');
    const [counter, gauge] = [meter.createCounter('test.counter'), meter.createGauge('test.gauge')];
    const upDown = meter.createUpDownCounter('test.up_down');
    const histogram = meter.createHistogram('test.histogram', {
      advice: { explicitBucketBoundaries: [1, 2] },
    });
    const tracer = trace.getTracer('test');
    const book = await sink.record(async () => {
      tracer.startActiveSpan('outer', (outer) => {
        const inner = tracer.startSpan('inner', { attributes: { early: 1, changed: 'no' } });
        inner.setAttributes({ changed: 'yes', late: ['a', 'b'] }).addEvent('seen', { times: 2 });
        inner.updateName('renamed').setStatus({ code: SpanStatusCode.ERROR, message: 'broken' }).end();
        logs.getLogger('test').emit({ eventName: 'noted', body: 'words', attributes: { of: 'outer' } });
        counter.add(3, { kind: 'counter' });
        upDown.add(-3);
        gauge.record(4);
        histogram.record(5, { kind: 'histogram' });
        outer.end();
      });
    });
    expect(book.counts).toEqual({ spans: 2, metricRecords: 4, logRecords: 1, events: 0 });
    expect(book.facts).toEqual([
      ['span', 'renamed'],
      ['span.under', 'outer'],
      ['span.early', 1],
      ['span.changed', 'yes'],
      ['span.late.0', 'a'],
      ['span.late.1', 'b'],
      ['span.status.code', SpanStatusCode.ERROR],
      ['span.status.message', 'broken'],
      ['span.event.0.name', 'seen'],
      ['span.event.0.attributes.times', 2],
      ['log.name', 'noted'],
      ['log.body', 'words'],
      ['log.under', 'outer'],
      ['log.of', 'outer'],
      ['test.counter', 3],
      ['test.counter.kind', 'counter'],
      ['test.up_down', -3],
      ['test.gauge', 4],
      ['test.histogram', 5],
      ['test.histogram.kind', 'histogram'],
      ['span', 'outer'],
      ['span.status.code', SpanStatusCode.UNSET],
    ]);
    const floor = await sink.record(async () => book.replay());
    expect(floor.facts).toEqual(book.facts);
  });

  test('hears nothing between recordings, and leaves the instruments as they were', async () => {
    const counter = metrics.getMeter('test').createCounter('test.unheard');
    const methods = Object.getPrototypeOf(counter) as { add: unknown };
    const { add } = methods;
    await sink.record(async () => {
      expect(methods.add).not.toBe(add);
    });
    expect(methods.add).toBe(add);
    trace.getTracer('test').startSpan('unheard').end();
    counter.add(1);
    const { facts } = await sink.record(async () => {});
    expect(facts).toEqual([]);
  });
});
