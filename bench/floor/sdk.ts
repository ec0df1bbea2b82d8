import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';

export type LogRecordProcessor = NonNullable<
  NonNullable<ConstructorParameters<typeof NodeSDK>[0]>['logRecordProcessors']
>[number];

/** Takes every span and does nothing with it: exporting is the same work for everybody. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
};

/** Batches as an application's, only that nothing leaves them. */
export function batchesToNowhere(): SpanProcessor {
  return new BatchSpanProcessor({
    exporter: nowhere,
    maxQueueSize: 1_000_000,
    scheduledDelayMillis: 200,
  });
}

/** Registers an SDK for the whole process. */
export function startSdk(
  spans: SpanProcessor,
  logs: LogRecordProcessor,
): { readonly readMetrics: () => Promise<unknown>; readonly shutdown: () => Promise<void> } {
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
    exportIntervalMillis: 3_600_000,
  });
  const sdk = new NodeSDK({
    spanProcessors: [spans],
    metricReaders: [reader],
    logRecordProcessors: [logs],
  });
  sdk.start();
  return { readMetrics: () => reader.collect(), shutdown: () => sdk.shutdown() };
}
