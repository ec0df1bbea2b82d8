import { setTimeout } from 'node:timers/promises';
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TelltaleError } from '../../src/errors.ts';
import { observe } from '../../src/index.ts';
import { type StartOptions, start, type TelltaleSdk } from '../../src/node/index.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let receiver: StandIn;
let sdk: TelltaleSdk | undefined;

function begin(options: StartOptions = {}): TelltaleSdk {
  sdk = start({ endpoint: receiver.url, ...options });
  return sdk;
}

beforeEach(async () => {
  receiver = await startStandIn();
});

afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  await receiver.close();
});

function codeAndMessage(call: () => unknown): [string, string] {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(TelltaleError);
    const { code, message } = error as TelltaleError;
    return [code, message];
  }
  throw new Error('nothing was thrown');
}

describe('what is recorded arrives', () => {
  test('spans, also of a tracer that was taken before', async () => {
    const early = trace.getTracer('early');
    const running = begin({ headers: { 'x-team': 'search' } });
    early.startSpan('one').end();
    trace.getTracer('late').startSpan('two').end();
    await running.flush();
    expect(receiver.spans.map(({ scope, name }) => `${scope} ${name}`).sort()).toEqual([
      'early one',
      'late two',
    ]);
    expect(receiver.exports[0]?.['x-team']).toBe('search');
  });

  test('metrics, in the buckets that their instrument advises', async () => {
    const running = begin();
    const advice = { explicitBucketBoundaries: [1, 10, 100] };
    metrics.getMeter('m').createHistogram('h', { advice }).record(5);
    await running.flush();
    expect(receiver.metrics.map(({ name }) => name)).toEqual(['h']);
    expect(receiver.metrics[0]?.histogram?.dataPoints[0]?.explicitBounds).toEqual([1, 10, 100]);
  });

  test('logs, also of a logger that was taken before', async () => {
    const early = logs.getLogger('early');
    const running = begin();
    early.emit({ body: 'one', severityText: 'WARN' });
    logs.getLogger('late').emit({ body: 'two' });
    await running.flush();
    expect(receiver.logs).toMatchObject([
      { body: { stringValue: 'one' }, severityText: 'WARN' },
      { body: { stringValue: 'two' } },
    ]);
  });

  test('the line of each call, under its span', async () => {
    const running = begin({ metrics: false });
    const openai = observe(new OpenAI({ apiKey: 'k', baseURL: receiver.url }));
    await openai.chat.completions.create({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    await running.flush();
    const span = receiver.spans.find(({ name }) => name === 'chat gpt-5-mini');
    const { traceId, spanId } = span ?? {};
    const body = { stringValue: 'chat gpt-5-mini: ok' };
    expect(receiver.logs).toMatchObject([{ body, eventName: 'telltale.call', traceId, spanId }]);
  });

  test('logs are left out when not wanted, and an application may then register its own', async () => {
    const running = begin({ logs: false });
    logs.getLogger('l').emit({ body: 'lost' });
    const theirs = { getLogger: () => ({ emit: () => {}, enabled: () => true }) };
    expect(logs.setGlobalLoggerProvider(theirs)).toBe(true);
    await running.flush();
    expect(receiver.logs).toEqual([]);
    await running.shutdown();
    expect(logs.getLoggerProvider()).toBe(theirs);
    logs.disable();
  });

  test('an application’s provider of logs stays in its place', async () => {
    const said: string[] = [];
    const hear = ({ message }: Error): void => void said.push(message);
    process.on('warning', hear);
    const emitted: unknown[] = [];
    const theirs = {
      getLogger: () => ({ emit: ({ body }: { body?: unknown }) => emitted.push(body), enabled: () => true }),
    };
    logs.setGlobalLoggerProvider(theirs);
    const running = begin();
    logs.getLogger('l').emit({ body: 'theirs' });
    await running.flush();
    await running.shutdown();
    expect(logs.getLoggerProvider()).toBe(theirs);
    expect([emitted, receiver.logs, said]).toEqual([['theirs'], [], []]);
    process.off('warning', hear);
    logs.disable();
  });

  test('more log records than one batch are flushed whole', async () => {
    const running = begin({ maxQueueSize: 20_000, traces: false, metrics: false });
    const logger = logs.getLogger('l');
    for (let index = 0; index < 3_000; index++) logger.emit({ body: 'x' });
    await running.flush();
    expect(receiver.logs.length).toBe(3_000);
  });

  test('spans and metrics are each left out when not wanted', async () => {
    const running = begin({ traces: false });
    trace.getTracer('t').startSpan('s').end();
    metrics.getMeter('m').createCounter('c').add(1);
    await running.flush();
    expect(receiver.spans).toEqual([]);
    expect(receiver.metrics.map(({ name }) => name)).toEqual(['c']);
    await running.shutdown();
    const other = begin({ metrics: false });
    trace.getTracer('t').startSpan('s').end();
    metrics.getMeter('m').createCounter('d').add(1);
    await other.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['s']);
    expect(receiver.metrics.map(({ name }) => name)).not.toContain('d');
  });

  test('a queue that is longer than the exporter’s usual limit is flushed whole', async () => {
    const running = begin({ maxQueueSize: 20_000 });
    const tracer = trace.getTracer('t');
    for (let index = 0; index < 17_000; index++) tracer.startSpan('s').end();
    await running.flush();
    expect(receiver.spans.length).toBe(17_000);
  });

  test('a flush waits for a batch that was under way before', async () => {
    let open = (): void => {};
    const slow = await startStandIn({
      gate: new Promise((resolve) => {
        open = resolve;
      }),
    });
    const running = begin({ endpoint: slow.url, maxQueueSize: 1, metrics: false });
    trace.getTracer('t').startSpan('s').end();
    await expect.poll(() => slow.exports.length).toBe(1);
    const flushed = running.flush().then(() => 'flushed');
    expect(await Promise.race([flushed, setTimeout(50, 'waiting')])).toBe('waiting');
    open();
    await flushed;
    expect(slow.spans.length).toBe(1);
    await slow.close();
  });

  test('each of two flushes waits for all log records', async () => {
    let open = (): void => {};
    const slow = await startStandIn({
      gate: new Promise((resolve) => {
        open = resolve;
      }),
    });
    const running = begin({ endpoint: slow.url, traces: false, metrics: false });
    logs.getLogger('l').emit({ body: 'x' });
    void running.flush();
    await expect.poll(() => slow.exports.length).toBe(1);
    const flushed = running.flush().then(() => 'flushed');
    expect(await Promise.race([flushed, setTimeout(50, 'waiting')])).toBe('waiting');
    open();
    await flushed;
    expect(slow.logs.length).toBe(1);
    await slow.close();
  });

  test('more spans than the queue holds are dropped, so memory is bounded', async () => {
    const running = begin({ maxQueueSize: 10, scheduledDelayMs: 60_000 });
    const tracer = trace.getTracer('t');
    // An export begins as soon as a batch is full, and what comes in the meantime is queued again.
    for (let index = 0; index < 100; index++) tracer.startSpan('s').end();
    await running.flush();
    expect(receiver.spans.length).toBeLessThanOrEqual(20);
  });
});

describe('the resource', () => {
  test('says who sends, and never with which command line', async () => {
    const running = begin({ serviceName: 'shop', resourceAttributes: { 'team.name': 'search' } });
    trace.getTracer('t').startSpan('s').end();
    await running.flush();
    expect(receiver.resource).toMatchObject({ 'service.name': 'shop', 'team.name': 'search' });
    expect(Object.keys(receiver.resource).filter((name) => name.startsWith('process.'))).toEqual([]);
  });

  test('is named by OTEL_SERVICE_NAME, and corrected by OTEL_RESOURCE_ATTRIBUTES', async () => {
    process.env['OTEL_SERVICE_NAME'] = 'from-environment';
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'team.name=payments';
    try {
      const running = begin({ resourceAttributes: { 'team.name': 'search', 'team.size': 'small' } });
      trace.getTracer('t').startSpan('s').end();
      await running.flush();
      expect(receiver.resource).toMatchObject({
        'service.name': 'from-environment',
        'team.name': 'payments',
        'team.size': 'small',
      });
    } finally {
      delete process.env['OTEL_SERVICE_NAME'];
      delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
    }
  });
});

describe('starting again', () => {
  test('with the same options, or with none, gives the SDK that runs', () => {
    const running = begin({ metricIntervalMs: 1_000 });
    expect(start({ metricIntervalMs: 1_000, endpoint: receiver.url })).toBe(running);
    expect(start()).toBe(running);
  });

  test('with other options is refused', () => {
    begin();
    expect(codeAndMessage(() => start({ serviceName: 'other' }))).toEqual([
      'already_started',
      'start() has been called with other options already, in the application or by telltale/register. Call it once, or `await sdk.shutdown()` in between.',
    ]);
  });

  test('is possible after a shutdown', async () => {
    await begin().shutdown();
    const again = begin({ serviceName: 'second' });
    trace.getTracer('t').startSpan('s').end();
    await again.flush();
    expect(receiver.resource['service.name']).toBe('second');
  });

  test('is refused where the process has an OpenTelemetry SDK from elsewhere, which is left alone', () => {
    const tracer = trace.getTracer('t');
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    try {
      const [code, message] = codeAndMessage(() => start({ endpoint: receiver.url }));
      expect(code).toBe('already_started');
      expect(message).toContain('has an OpenTelemetry SDK already');
    } finally {
      trace.disable();
    }
  });
});

describe('shutting down', () => {
  test('sends the rest, and twice is once', async () => {
    const running = begin();
    trace.getTracer('t').startSpan('s').end();
    const first = running.shutdown();
    expect(running.shutdown()).toBe(first);
    await first;
    expect(receiver.spans.map(({ name }) => name)).toEqual(['s']);
  });

  test('takes every listener off the process and every registration out of OpenTelemetry', async () => {
    const before = listeners();
    const running = begin();
    expect(listeners()).not.toEqual(before);
    await running.shutdown();
    expect(listeners()).toEqual(before);
    expect(trace.getTracer('t').startSpan('s').isRecording()).toBe(false);
    expect(propagation.fields()).toEqual([]);
    expect(logs.getLogger('l').enabled()).toBe(false);
    const key = Symbol('key');
    expect(
      context.with(context.active().setValue(key, 1), () => context.active().getValue(key)),
    ).toBeUndefined();
  });

  test('ends also when the receiver is gone', async () => {
    const running = begin();
    trace.getTracer('t').startSpan('s').end();
    await receiver.close();
    await running.shutdown();
    expect(receiver.exports).toEqual([]);
    receiver = await startStandIn();
  });

  test.each(['flush', 'shutdown'] as const)(
    'a %s right after the receiver has come back sends what is there',
    async (end) => {
      const running = begin();
      await receiver.close();
      trace.getTracer('t').startSpan('lost').end();
      await running.flush();
      receiver = await startStandIn({ port: Number(new URL(receiver.url).port) });
      trace.getTracer('t').startSpan('kept').end();
      metrics.getMeter('m').createCounter('c').add(1);
      logs.getLogger('l').emit({ body: 'kept' });
      await running[end]();
      expect(receiver.spans.map(({ name }) => name)).toEqual(['kept']);
      expect(receiver.metrics.map(({ name }) => name)).toEqual(['c']);
      expect(receiver.logs).toMatchObject([{ body: { stringValue: 'kept' } }]);
    },
  );
});

test('with OTEL_SDK_DISABLED nothing is registered and nothing is sent', async () => {
  process.env['OTEL_SDK_DISABLED'] = 'true';
  try {
    const before = listeners();
    const running = begin();
    expect(listeners()).toEqual(before);
    expect(trace.getTracer('t').startSpan('s').isRecording()).toBe(false);
    await running.flush();
    expect(receiver.exports).toEqual([]);
  } finally {
    delete process.env['OTEL_SDK_DISABLED'];
  }
});

function listeners(): readonly number[] {
  return ['beforeExit', 'SIGTERM', 'SIGINT'].map((event) => process.listenerCount(event));
}
