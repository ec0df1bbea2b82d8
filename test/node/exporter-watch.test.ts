import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SignalFigures } from '../../src/exporter-health.ts';
import { observe, telltale } from '../../src/index.ts';
import { start, watchExporters } from '../../src/node/index.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { startStandIn } from './stand-in.ts';

type Done = (result: { code: number; error?: Error }) => void;

/** An exporter whose exports end when the test says so. */
class HeldExporter {
  readonly sent: unknown[] = [];
  readonly done: Done[] = [];
  readonly selectAggregation = 'its own';
  export(items: unknown, done: Done): void {
    this.sent.push(items);
    this.done.push(done);
  }
}

function setUp() {
  const clock = createFakeClock();
  const watch = watchExporters({ clock: { ...clock, random: () => 0 } });
  const health = () => {
    const openai = observe(new OpenAI({ apiKey: 'k' }), { exporter: watch });
    return telltale(openai).health();
  };
  return { clock, watch, health };
}

const ended = vi.fn();
const unseen: SignalFigures = { state: 'unknown', failedExports: 0, dropped: 0 };

describe('a watch over exporters', () => {
  test('says of each signal what it saw, and nothing of what it did not see', () => {
    const { clock, watch } = setUp();
    const exporter = new HeldExporter();
    expect(watch.figures()).toEqual({ traces: unseen, metrics: unseen, logs: unseen });
    expect(watch.watch('traces', exporter)).toBe(exporter);
    expect(watch.figures()).toEqual({ traces: { ...unseen, state: 'idle' }, metrics: unseen, logs: unseen });
    exporter.export([1, 2, 3], ended);
    expect(watch.figures().traces.state).toBe('idle');
    clock.advance(100);
    exporter.done[0]?.({ code: 0 });
    clock.advance(50);
    expect(watch.figures().traces).toEqual({ ...unseen, state: 'ok', sinceLastExportMs: 50 });
    exporter.export([4, 5], ended);
    const error = new Error('no');
    exporter.done[1]?.({ code: 1, error });
    exporter.done[1]?.({ code: 1, error });
    clock.advance(7);
    expect(watch.figures().traces).toEqual({
      state: 'failing',
      failedExports: 1,
      dropped: 2,
      sinceLastExportMs: 57,
      sinceLastDropMs: 7,
    });
    expect(ended.mock.calls.slice(0, 2)).toEqual([[{ code: 0 }], [{ code: 1, error }]]);
    expect(exporter.sent).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  test('counts a reading of metrics as one, and an exporter that is watched twice once', () => {
    const { watch } = setUp();
    const exporter = watch.watch('metrics', watch.watch('metrics', new HeldExporter()));
    exporter.export({ scopeMetrics: [] }, ended);
    exporter.done[0]?.({ code: 1 });
    expect(watch.figures().metrics).toMatchObject({ state: 'failing', failedExports: 1, dropped: 1 });
  });

  test('calls a signal failing as long as one of its exporters is', () => {
    const { watch } = setUp();
    const [one, other] = [new HeldExporter(), new HeldExporter()];
    for (const exporter of [one, other]) watch.watch('logs', exporter).export(['a'], ended);
    one.done[0]?.({ code: 1 });
    other.done[0]?.({ code: 0 });
    expect(watch.figures().logs).toMatchObject({ state: 'failing', sinceLastExportMs: 0 });
    one.export(['b'], ended);
    one.done[1]?.({ code: 0 });
    expect(watch.figures().logs.state).toBe('ok');
  });

  test('calls an export that never ends a failing one, until it ends', () => {
    const { clock, watch } = setUp();
    const exporter = watch.watch('traces', new HeldExporter());
    exporter.export(['a'], ended);
    clock.advance(60_000);
    expect(watch.figures().traces.state).toBe('idle');
    clock.advance(1);
    expect(watch.figures().traces.state).toBe('failing');
    exporter.done[0]?.({ code: 0 });
    expect(watch.figures().traces.state).toBe('ok');
  });

  test('hears of an exporter that throws, and lets it throw', () => {
    const { watch } = setUp();
    const exporter = watch.watch('traces', {
      export: (_items: string[], _done: Done): void => {
        throw new Error('broken');
      },
    });
    expect(() => exporter.export(['a'], ended)).toThrow('broken');
    expect(watch.figures().traces).toMatchObject({ state: 'failing', failedExports: 1, dropped: 1 });
  });

  test.each([
    ['traces', undefined, '`exporter` to be an OpenTelemetry exporter, got `undefined`'],
    ['traces', {}, '`exporter.export` to be a function'],
    ['spans', new HeldExporter(), "`signal` to be 'traces' or 'metrics' or 'logs', got `\"spans\"`"],
  ])('refuses %s of %o', (signal, exporter, message) => {
    expect(() => watchExporters().watch(signal as 'traces', exporter as HeldExporter)).toThrow(message);
  });

  test('refuses options that are none', () => {
    expect(() => watchExporters({ clok: {} } as never)).toThrow('Did you mean `clock`?');
    expect(() => watchExporters({ clock: {} as never })).toThrow('`options.clock.nowMs`');
  });
});

describe('the check `exporter` of health', () => {
  test('is unknown where nobody has told', () => {
    const openai = observe(new OpenAI({ apiKey: 'k' }));
    expect(telltale(openai).health()).toMatchObject({
      status: 'ok',
      checks: { exporter: { status: 'unknown', reason: 'nobody has said what sends telemetry' } },
    });
  });

  test('is what the watch says: unknown, good, degraded, and never down', () => {
    const { clock, watch, health } = setUp();
    const reading = () => {
      const { status, checks } = health();
      return [status, checks['exporter']?.status, checks['exporter']?.reason];
    };
    expect(reading()).toEqual(['ok', 'unknown', 'nobody watches what is sent']);
    const spans = watch.watch('traces', new HeldExporter());
    const lines = watch.watch('logs', new HeldExporter());
    expect(reading()).toEqual(['ok', 'unknown', 'nothing has been sent yet']);
    spans.export(['a'], ended);
    spans.done[0]?.({ code: 0 });
    expect(reading()).toEqual(['ok', 'ok', undefined]);
    spans.export(['b', 'c'], ended);
    spans.done[1]?.({ code: 1 });
    lines.export(['d'], ended);
    lines.done[0]?.({ code: 1 });
    clock.advance(500);
    expect(health()).toMatchObject({
      status: 'degraded',
      checks: {
        exporter: {
          status: 'degraded',
          reason: 'traces, logs cannot be sent',
          traces: 'failing',
          metrics: 'unknown',
          logs: 'failing',
          failedExports: 2,
          droppedSpans: 2,
          droppedLogRecords: 1,
          sinceLastExportMs: 500,
        },
      },
    });
    for (const exporter of [spans, lines]) {
      exporter.export(['e'], ended);
      exporter.done.at(-1)?.({ code: 0 });
    }
    expect(reading()).toEqual(['degraded', 'degraded', 'some telemetry was dropped in the last minute']);
    clock.advance(60_000);
    expect(reading()).toEqual(['ok', 'ok', undefined]);
    expect(JSON.parse(JSON.stringify(health()))).toEqual(health());
  });

  test('of something that throws is degraded', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const exporter = {
      figures: () => {
        throw new Error('mine');
      },
    };
    const openai = observe(new OpenAI({ apiKey: 'k' }), { exporter });
    expect(telltale(openai).health()).toMatchObject({
      status: 'degraded',
      checks: { exporter: { status: 'degraded', reason: 'it cannot be checked' } },
    });
  });

  test.each([
    [7, 'Expected `options.exporter` to be what `watchExporters` of telltale/node gives, got `7`'],
    [{}, 'Expected `options.exporter.figures` to be a function'],
  ])('of %o is refused at set-up', (exporter, message) => {
    expect(() => observe(new OpenAI({ apiKey: 'k' }), { exporter: exporter as never })).toThrow(message);
  });

  test('of another watch is another set of options', () => {
    const openai = observe(new OpenAI({ apiKey: 'k' }), { exporter: watchExporters() });
    expect(() => observe(openai, { exporter: watchExporters() })).toThrow('already observed');
  });
});

test('a real exporter is watched in an SDK of the application’s own', async () => {
  const receiver = await startStandIn();
  onTestFinished(() => receiver.close());
  const watch = watchExporters();
  const exporter = watch.watch('traces', new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` }));
  const processor = new BatchSpanProcessor({ exporter });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [processor],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  onTestFinished(async () => {
    await sdk.shutdown();
    for (const api of [trace, metrics, context, propagation, logs]) api.disable();
  });
  trace.getTracer('t').startSpan('one').end();
  await processor.forceFlush();
  expect(receiver.spans.map(({ name }) => name)).toEqual(['one']);
  expect(watch.figures().traces).toMatchObject({ state: 'ok', failedExports: 0, dropped: 0 });
});

describe('what start() knows', () => {
  const checkOf = (openai: object) => telltale(openai).health().checks['exporter'];

  test('is in the health of every client for as long as it runs', async () => {
    const receiver = await startStandIn();
    onTestFinished(() => receiver.close());
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL: receiver.url }));
    const sdk = start({ endpoint: receiver.url, logs: false });
    onTestFinished(() => sdk.shutdown());
    expect(checkOf(openai)).toMatchObject({
      status: 'unknown',
      reason: 'nothing has been sent yet',
      logs: 'off',
    });
    trace.getTracer('t').startSpan('one').end();
    await sdk.flush();
    expect(checkOf(openai)).toEqual({
      status: 'ok',
      traces: 'ok',
      metrics: expect.stringMatching(/^(ok|idle)$/),
      logs: 'off',
      failedExports: 0,
      droppedSpans: 0,
      droppedLogRecords: 0,
      sinceLastExportMs: expect.any(Number),
    });
    expect(sdk.exporter.figures().traces.state).toBe('ok');
    await sdk.shutdown();
    expect(checkOf(openai)).toEqual({ status: 'unknown', reason: 'nobody has said what sends telemetry' });
  });

  test('is degraded while the receiver is gone, and the service is not down for it', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const openai = observe(new OpenAI({ apiKey: 'k' }));
    const sdk = start({ endpoint: 'http://127.0.0.1:1', metrics: false, logs: false });
    onTestFinished(() => sdk.shutdown());
    for (const name of ['one', 'two']) trace.getTracer('t').startSpan(name).end();
    await sdk.flush();
    expect(telltale(openai).health()).toMatchObject({
      status: 'degraded',
      checks: {
        exporter: { status: 'degraded', reason: 'traces cannot be sent', failedExports: 1, droppedSpans: 2 },
      },
    });
  });

  test('has what its queues had no room for', async () => {
    const receiver = await startStandIn();
    onTestFinished(() => receiver.close());
    const sdk = start({ endpoint: receiver.url, metrics: false, maxQueueSize: 10 });
    onTestFinished(() => sdk.shutdown());
    for (let at = 0; at < 40; at++) {
      trace.getTracer('t').startSpan('s').end();
      logs.getLogger('l').emit({ body: 'x' });
    }
    const { traces, logs: lines } = sdk.exporter.figures();
    expect(Math.min(traces.dropped, lines.dropped)).toBeGreaterThan(0);
    await sdk.flush();
    expect([receiver.spans.length + traces.dropped, receiver.logs.length + lines.dropped]).toEqual([40, 40]);
    expect(checkOf(observe(new OpenAI({ apiKey: 'k' })))).toMatchObject({
      status: 'degraded',
      reason: 'some telemetry was dropped in the last minute',
      failedExports: 0,
      droppedSpans: traces.dropped,
      droppedLogRecords: lines.dropped,
    });
  });

  test('is that nothing is sent where OpenTelemetry is disabled', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    const sdk = start();
    const openai = observe(new OpenAI({ apiKey: 'k' }));
    expect(checkOf(openai)).toMatchObject({ status: 'unknown', reason: 'telemetry is off', traces: 'off' });
    await sdk.shutdown();
    expect(checkOf(openai)).toMatchObject({ reason: 'nobody has said what sends telemetry' });
  });

  test('gives way to what a client was given', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    const sdk = start();
    onTestFinished(() => sdk.shutdown());
    const openai = observe(new OpenAI({ apiKey: 'k' }), { exporter: watchExporters() });
    expect(checkOf(openai)).toMatchObject({ reason: 'nobody watches what is sent' });
  });
});
