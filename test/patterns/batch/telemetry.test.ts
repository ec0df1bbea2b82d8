import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test } from 'vitest';
import { telltale } from '../../../src/index.ts';
import { type BatchProgress, batch, memoryRecords } from '../../../src/patterns/index.ts';
import { registerTracing } from '../../observe/support.ts';
import { clientOf, fastClock, openStage, readAll, requestsOf } from './support.ts';

test('one span is around a run, its calls are below it, and a later process goes on with its trace', async () => {
  const tracing = registerTracing();
  onTestFinished(async () => await tracing.stop());
  const { client } = await openStage({ batches: { runningMs: 400 } });
  const common = {
    client,
    clock: fastClock,
    delaysMs: [5_000],
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(3),
  };
  const first = await batch({ ...common, deadlineMs: 20_000 });
  await expect(readAll(first)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  await readAll(await batch(common));
  const spans = tracing.spans.getFinishedSpans();
  const runs = spans.filter(({ name }) => name === 'batch');
  expect(runs.map(({ attributes }) => attributes)).toEqual([
    {
      'telltale.batch.requests.total': 3,
      'telltale.batch.requests.completed': 0,
      'telltale.batch.requests.failed': 0,
      'error.type': 'deadline_exceeded',
    },
    {
      'telltale.batch.requests.total': 3,
      'telltale.batch.requests.completed': 3,
      'telltale.batch.requests.failed': 0,
    },
  ]);
  const own = new Set(runs.map((span) => span.spanContext().spanId));
  const parents = spans.map(({ name, parentSpanContext }) => ({
    name,
    parent: parentSpanContext?.spanId ?? '',
  }));
  const calls = parents.filter(({ parent }) => own.has(parent)).map(({ name }) => name);
  expect(new Set(calls).size, String(calls)).toBeGreaterThan(2);
  // Else only attempts are there, below their calls.
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  expect(parents.filter(({ parent }) => !ids.has(parent)).map(({ name }) => name)).toEqual(['batch']);
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test('requests are counted by what became of them', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  onTestFinished(async () => {
    metrics.disable();
    await provider.shutdown();
  });
  const answers = [
    { match: { text: 'Question 1' }, answer: { status: 500, body: { error: { message: 'No.' } } } },
    { match: { text: 'Question 2' }, answer: { status: 400, body: { error: { message: 'No.' } } } },
  ];
  const { client } = await openStage({ answers });
  const run = await batch({
    client,
    clock: fastClock,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(5),
    maxAttempts: 2,
  });
  await readAll(run);
  await reader.forceFlush();
  const told = exporter
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics);
  const counted = told?.find(({ descriptor }) => descriptor.name === 'telltale.batch.requests');
  const points = counted?.dataPoints.map(({ attributes, value }) => [
    attributes['telltale.batch.request.result'],
    value,
  ]);
  expect(Object.fromEntries(points ?? [])).toEqual({ succeeded: 3, failed: 2, retried: 1 });
});

test('what its batches cost is in the figures, the audit and the budgets of the client that heard of their end, once', async () => {
  const { mock, client } = await openStage({ batches: { runningMs: 400 } });
  const store = memoryRecords();
  const common = {
    clock: fastClock,
    delaysMs: [5_000],
    store,
    id: 'a',
    requests: requestsOf(5),
    maxRequests: 2,
  };
  const stop = new AbortController();
  const onProgress = ({ openBatches }: BatchProgress): void => {
    if (openBatches.length > 0) stop.abort();
  };
  const first = await batch({ ...common, client, signal: stop.signal, onProgress });
  await expect(readAll(first)).rejects.toMatchObject({ name: 'AbortError' });
  const later = clientOf(mock, { audit: {}, budget: { usd: 1, per: 'day' } });
  const run = await batch({ ...common, client: later });
  await readAll(run);
  await readAll(await batch({ ...common, client: later, redeliver: true }));
  const handle = telltale(later);
  await handle.flush();
  expect(run.costUsd).toBeGreaterThan(0);
  expect(telltale(client).stats().cost.usd + handle.stats().cost.usd).toBeCloseTo(run.costUsd ?? 0, 12);
  expect(handle.stats().cost.unknownCalls).toBe(0);
  const [all] = await handle.audit({ by: [] });
  expect(all?.costUsd).toBe(handle.stats().cost.usd);
  expect(handle.budget()?.budgets[0]?.spentUsd).toBeCloseTo(all?.costUsd ?? 0, 12);
});
