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

/** Registers an SDK as an application would, only that nothing leaves it. */
export function startSdk(
  processors: {
    /** Stands before the batches that go nowhere. */
    spans?: (batches: SpanProcessor) => SpanProcessor;
    logs?: LogRecordProcessor;
  } = {},
): { shutdown: () => Promise<void> } {
  const batches = new BatchSpanProcessor({
    exporter: nowhere,
    maxQueueSize: 1_000_000,
    scheduledDelayMillis: 200,
  });
  const sdk = new NodeSDK({
    spanProcessors: [processors.spans?.(batches) ?? batches],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
        exportIntervalMillis: 3_600_000,
      }),
    ],
    logRecordProcessors: processors.logs ? [processors.logs] : [],
  });
  sdk.start();
  return { shutdown: () => sdk.shutdown() };
}
