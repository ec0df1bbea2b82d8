import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  context,
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Recorder, startRecorder } from '../../../src/node/recorder/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { spansIn, type WrittenSpan } from '../trace-file/read-lines.ts';

let directory: string;
let recorder: Recorder | undefined;
const clock = { ...createFakeClock(), random: () => Math.random() };

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'telltale-recorder-'));
  recorder = start();
});

afterEach(() => {
  recorder?.shutdown();
  rmSync(directory, { recursive: true, force: true });
});

function start(): Recorder | undefined {
  return startRecorder({ directory, serviceName: 'shop', warn: () => {}, clock });
}

const tracer = () => trace.getTracer('test', '1.0.0');

/** What was written, once nothing more is recorded. */
function written(): readonly WrittenSpan[] {
  recorder?.shutdown();
  return spansIn(directory);
}

describe('the recorder', () => {
  it('puts children under their parents, through promises and timers', async () => {
    await tracer().startActiveSpan('outer', async (outer) => {
      await new Promise((resolve) => setImmediate(resolve));
      tracer().startActiveSpan('inner', { kind: SpanKind.CLIENT }, (inner) => {
        expect(trace.getActiveSpan()).toBe(inner);
        inner.end();
      });
      tracer().startSpan('apart', { root: true }).end();
      outer.end();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    const [inner, apart, outer] = written();
    expect(inner).toMatchObject({ name: 'inner', kind: 3, traceId: outer?.traceId });
    expect(inner?.parentSpanId).toBe(outer?.spanId);
    expect(outer).toMatchObject({ name: 'outer', kind: 1 });
    expect(outer?.parentSpanId).toBeUndefined();
    expect(apart?.parentSpanId).toBeUndefined();
    expect(apart?.traceId).not.toBe(outer?.traceId);
  });

  it('goes on with a trace that began elsewhere, and leaves one that has no valid id', () => {
    const remote = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.NONE,
      isRemote: true,
    };
    tracer().startSpan('one', {}, trace.setSpanContext(ROOT_CONTEXT, remote)).end();
    const broken = { ...remote, traceId: '0'.repeat(32) };
    tracer().startSpan('two', {}, trace.setSpanContext(ROOT_CONTEXT, broken)).end();
    const [one, two] = written();
    expect(one).toMatchObject({ traceId: remote.traceId, parentSpanId: remote.spanId });
    expect(two?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(two?.parentSpanId).toBeUndefined();
  });

  it('gives no id twice', () => {
    const spans = Array.from({ length: 1_000 }, () => tracer().startSpan('x').spanContext());
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1_000);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(1_000);
    for (const { spanId } of spans) expect(spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('writes nothing of what comes after the end, and a span once', () => {
    const span = tracer().startSpan('once', { attributes: { a: 1 } });
    span.end();
    expect(span.isRecording()).toBe(false);
    span
      .setAttribute('b', 2)
      .setAttributes({ c: 3 })
      .addEvent('late')
      .addLink({ context: span.spanContext() })
      .setStatus({ code: SpanStatusCode.ERROR })
      .updateName('other');
    span.recordException(new Error('late'));
    span.end();
    const [once, ...others] = written();
    expect(others).toEqual([]);
    expect(once).toMatchObject({ name: 'once', events: [], links: [], status: { code: 0 } });
    expect(once?.attributes).toEqual([{ key: 'a', value: { intValue: '1' } }]);
  });

  it('takes every form of time, and lets no span end before it began', () => {
    clock.advance(5_000);
    const epochMs = clock.epochMs();
    const nanos = (ms: number): string => `${Math.round(ms * 1_000)}000`;
    tracer()
      .startSpan('steady', { startTime: clock.nowMs() - 2.5 })
      .end(clock.nowMs());
    tracer()
      .startSpan('date', { startTime: new Date(epochMs - 7) })
      .end(epochMs);
    tracer()
      .startSpan('exact', { startTime: [12, 34] })
      .end([56, 78]);
    tracer().startSpan('back').end(new Date(1));
    const times = written().map(({ startTimeUnixNano, endTimeUnixNano }) => [
      startTimeUnixNano,
      endTimeUnixNano,
    ]);
    expect(times).toEqual([
      [nanos(epochMs - 2.5), nanos(epochMs)],
      [nanos(epochMs - 7), nanos(epochMs)],
      ['12000000034', '56000000078'],
      [nanos(epochMs), nanos(epochMs)],
    ]);
  });

  it('keeps a span within bounds, and says what it left out', () => {
    const span = tracer().startSpan('large');
    for (let at = 0; at < 200; at++) {
      span.setAttribute(`key ${at}`, 'x'.repeat(40_000));
      span.addEvent('event', { at });
      span.addLink({ context: span.spanContext() });
    }
    span.setAttribute('key 0', 'changed');
    span.end();
    const [large] = written();
    expect(large?.attributes).toHaveLength(128);
    expect(large?.attributes[0]).toEqual({ key: 'key 0', value: { stringValue: 'changed' } });
    expect(large?.attributes[1]).toEqual({ key: 'key 1', value: { stringValue: 'x'.repeat(32_768) } });
    expect(large).toMatchObject({
      droppedAttributesCount: 72,
      droppedEventsCount: 72,
      droppedLinksCount: 72,
    });
  });

  it('takes lists as they are at the time, and no objects', () => {
    const list = ['a'];
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const span = tracer().startSpan('odd', { attributes: { list, cycle, big: 1n as never } });
    list.push('b');
    span.setAttributes({ ['__proto__']: 'x', none: undefined, nan: Number.NaN }).end();
    const [odd] = written();
    expect(odd?.attributes).toEqual([
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
      { key: '__proto__', value: { stringValue: 'x' } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
    ]);
    expect(odd?.droppedAttributesCount).toBe(2);
  });

  it('binds functions to a context', () => {
    const key = createContextKey('test');
    const within = ROOT_CONTEXT.setValue(key, 'kept');
    const bound = context.bind(within, function read(this: { own: string }, one: string, two: string) {
      return [this.own, one, two, context.active().getValue(key)];
    });
    expect(bound.length).toBe(2);
    expect(bound.call({ own: 'this' }, 'a', 'b')).toEqual(['this', 'a', 'b', 'kept']);
    expect(context.bind(within, 5)).toBe(5);
    expect(context.active().getValue(key)).toBeUndefined();
  });

  it('leaves the spans to a provider that is there already', () => {
    expect(start()).toBeUndefined();
    tracer().startSpan('one').end();
    expect(written()).toHaveLength(1);
  });

  it('takes itself away', () => {
    recorder?.shutdown();
    expect(tracer().startSpan('late').isRecording()).toBe(false);
    expect(context.with(ROOT_CONTEXT.setValue(Symbol.for('x'), 1), () => context.active())).toBe(
      ROOT_CONTEXT,
    );
    recorder = start();
    expect(recorder).toBeDefined();
  });
});
