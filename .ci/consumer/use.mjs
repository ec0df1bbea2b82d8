// What a user of the installed package does: one call, with spans, metrics and log records coming out, and spans in a file.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import OpenAI from 'openai';
import { observe, telltale } from 'telltale';
import { createLimiter, mapCalls } from 'telltale/limiter';
import { loadScenario, startMock } from 'telltale/mock';
import { fileSpanExporter } from 'telltale/node';
import ObservedOpenAI from 'telltale/openai';
import { registerLogging } from './logging.mjs';
import { createTracing } from './tracing.mjs';

const directory = mkdtempSync(path.join(tmpdir(), 'telltale-use-'));
const file = fileSpanExporter({ directory });
const { provider, spans } = createTracing(file);
trace.setGlobalTracerProvider(provider);
const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: exported });
const meterProvider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meterProvider);
const records = registerLogging();

// A scenario is a file that the package has; in this one nothing goes wrong.
const mock = await startMock({ ...(await loadScenario('baseline')).options, seed: 1 });
const settings = { apiKey: 'no key is needed here', baseURL: mock.url };
const lines = [];
const write = (fields, message) => lines.push([fields.trace_id, message]);
const log = { info: write, warn: write, error: write };
for (const openai of [observe(new OpenAI(settings), { log }), new ObservedOpenAI(settings)]) {
  const answer = await openai.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  assert.equal(answer.object, 'chat.completion');
  const { calls } = telltale(openai).stats();
  assert.equal(calls, 1);
}
await meterProvider.forceFlush();

const spanNames = spans.getFinishedSpans().map((span) => span.name);
assert.deepEqual(spanNames.sort(), [
  'POST /chat/completions',
  'POST /chat/completions',
  'chat gpt-5-mini',
  'chat gpt-5-mini',
]);
// The file has what the SDK of this generation has, in the fields of OTLP.
await provider.forceFlush();
await file.forceFlush();
const written = readdirSync(directory)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(path.join(directory, name), 'utf8').trim().split('\n'))
  .flatMap((line) => JSON.parse(line).resourceSpans)
  .flatMap(({ resource, scopeSpans }) => scopeSpans.map((scope) => ({ resource, ...scope })))
  .flatMap(({ resource, scope, spans }) => spans.map((span) => ({ resource, scope: scope.name, span })));
const nanos = ([seconds, rest]) => String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
const shown = (fields) => JSON.stringify(fields, (_, value) => value ?? null);
assert.deepEqual(
  written
    .map(({ resource, scope, span }) =>
      shown([
        ...[span.name, span.traceId, span.spanId, span.parentSpanId, span.kind, scope],
        ...[span.startTimeUnixNano, span.endTimeUnixNano, span.attributes.map(({ key }) => key).sort()],
        resource.attributes.find(({ key }) => key === 'telemetry.sdk.language')?.value.stringValue,
      ]),
    )
    .sort(),
  spans
    .getFinishedSpans()
    .map((span) =>
      shown([
        ...[span.name, span.spanContext().traceId, span.spanContext().spanId, span.parentSpanContext?.spanId],
        // OTLP counts kinds from 1.
        ...[span.kind + 1, span.instrumentationScope.name, nanos(span.startTime), nanos(span.endTime)],
        ...[Object.keys(span.attributes).sort(), span.resource.attributes['telemetry.sdk.language']],
      ]),
    )
    .sort(),
);
rmSync(directory, { recursive: true });
const calls = spans.getFinishedSpans().filter((span) => span.name.startsWith('chat'));
const traceIds = calls.map((span) => span.spanContext().traceId);
assert.deepEqual(
  records.getFinishedLogRecords().map(({ body, spanContext }) => [spanContext.traceId, body]),
  traceIds.map((traceId) => [traceId, 'chat gpt-5-mini: ok']),
);
assert.deepEqual(lines, [[traceIds[0], 'chat gpt-5-mini: ok']]);
const metricNames = exported
  .getMetrics()
  .flatMap((resource) => resource.scopeMetrics)
  .flatMap((scope) => scope.metrics)
  .map((metric) => metric.descriptor.name);
for (const name of ['gen_ai.client.operation.duration', 'telltale.attempts', 'telltale.cost'])
  assert.ok(metricNames.includes(name), `${name} is not among ${metricNames.join(', ')}`);

const limiter = createLimiter({ limits: [{ requests: 100, per: 'minute' }] });
const results = await mapCalls([1, 2, 3], async (item, { priority, signal }) => {
  const permit = await limiter.acquire({ priority, signal });
  permit.settle();
  return item * 2;
});
assert.deepEqual(
  results.map(({ value }) => value),
  [2, 4, 6],
);
assert.equal(limiter.stats().admitted, 3);
await limiter.close();

await mock.close();
await meterProvider.shutdown();
