import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';

export interface Point {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

/** Registers an SDK that keeps spans in memory; the function it returns takes it off again. */
export function registerTracing(): { spans: InMemorySpanExporter; stop: () => Promise<void> } {
  const spans = new InMemorySpanExporter();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    spans,
    stop: async () => {
      await sdk.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
      metrics.disable();
      logs.disable();
    },
  };
}

/** Registers a provider of logs that keeps records in memory. */
export function registerLogs(): { records: () => ReadableLogRecord[]; stop: () => Promise<void> } {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  logs.setGlobalLoggerProvider(provider);
  return {
    records: () => exporter.getFinishedLogRecords(),
    stop: async () => {
      await provider.shutdown();
      logs.disable();
    },
  };
}

/** Registers a meter provider that keeps points in memory. */
export function registerMetrics(): { points: () => Promise<Point[]>; stop: () => Promise<void> } {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  return {
    points: async () => {
      exporter.reset();
      await provider.forceFlush();
      return exporter.getMetrics().flatMap((resource) =>
        resource.scopeMetrics.flatMap((scope) =>
          scope.metrics.flatMap((metric) =>
            metric.dataPoints.map((point) => ({
              name: metric.descriptor.name,
              unit: metric.descriptor.unit,
              attributes: point.attributes,
              value: point.value,
            })),
          ),
        ),
      );
    },
    stop: async () => {
      await provider.shutdown();
      metrics.disable();
    },
  };
}
