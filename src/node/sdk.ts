/* The only module that imports the OpenTelemetry SDK. It is loaded by `start` alone; see load-sdk.ts. */
import {
  diag,
  type LoggerProvider,
  logs,
  metrics,
  type ProxyTracerProvider,
  trace,
} from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  envDetector,
  hostDetector,
  osDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import type { Clock } from '../clock.ts';
import type { ExporterHealth, TelemetrySignal } from '../exporter-health.ts';
import { atMostOnceAMinute } from './diagnostics.ts';
import type { ExportRecord } from './export-record.ts';
import { ExporterBook } from './exporter-watch.ts';
import type { Queue } from './queue.ts';
import { queueDrops } from './queue-drops.ts';
import { type Exporter, type QuietExporterOptions, quietExporter } from './quiet-exporter.ts';
import { isReachable } from './reachable.ts';
import { registered } from './registered.ts';
import type { Settings, Signal } from './settings.ts';
import { spansIntoFiles } from './trace-file/spans-into-files.ts';

/** The running SDK, for as long as `start` needs it. */
export interface RunningSdk {
  readonly exporter: ExporterHealth;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

type Receiver = Extract<Signal, { kind: 'otlp' }>;
type Configuration = NonNullable<ConstructorParameters<typeof NodeSDK>[0]>;

/** `packageName` names the service where nothing else does. */
export function runSdk(settings: Settings, packageName: string | undefined, clock: Clock): RunningSdk {
  let leaving = 0;
  let flushes = 0;
  const say = atMostOnceAMinute(clock, (message) => diag.warn(message));
  const quiet = ({ url, timeoutMs }: Receiver, record: ExportRecord): QuietExporterOptions => ({
    url,
    record,
    clock,
    warn: (message) => say('export', message),
    flushUnderWay: () => (leaving > 0 ? flushes : undefined),
    isReachable: () => isReachable(url, timeoutMs),
  });
  const connection = ({ url, timeoutMs }: Receiver, { maxQueueSize, maxBatchSize }: Queue) => ({
    url,
    timeoutMillis: timeoutMs,
    ...(settings.headers && { headers: { ...settings.headers } }),
    // A flush sends the whole queue at once, and what is over this limit would be dropped.
    concurrencyLimit: Math.max(30, Math.ceil(maxQueueSize / maxBatchSize) + 1),
  });
  const { traces, metrics: measurements, spanQueue, logQueue } = settings;
  // An application that has a provider of logs keeps it, and the records of calls go there.
  const theirLogs = registered('logs') as LoggerProvider | undefined;
  const records: Signal = theirLogs ? { ...settings.logs, kind: 'off' } : settings.logs;
  const signals = { traces, metrics: measurements, logs: settings.logs };
  const exporters = new ExporterBook(
    clock,
    (['traces', 'metrics', 'logs'] as const).filter((signal) => signals[signal].kind === 'off'),
  );
  const watched = <T, E extends Exporter<T>>(signal: TelemetrySignal, receiver: Receiver, exporter: E) => {
    const record = exporters.record(signal);
    return {
      exporter: quietExporter<T, E>(exporter, quiet(receiver, record)),
      selfObsMeterProvider: queueDrops((count) => record.drop(count)),
    };
  };
  const spans =
    traces.kind === 'otlp'
      ? watched('traces', traces, new OTLPTraceExporter(connection(traces, spanQueue)))
      : undefined;
  const lines =
    records.kind === 'otlp'
      ? watched('logs', records, new OTLPLogExporter(connection(records, logQueue)))
      : undefined;

  const files =
    settings.files &&
    spansIntoFiles(settings.files, exporters.record('traces'), clock, (message) => diag.warn(message));

  const configuration: Partial<Configuration> = {
    resource: defaultResource().merge(
      resourceFromAttributes({
        ...(packageName !== undefined && { 'service.name': packageName }),
        ...settings.resourceAttributes,
      }),
    ),
    ...(settings.serviceName !== undefined && { serviceName: settings.serviceName }),
    // Without the process detector: a command line may hold a key.
    ...(!process.env['OTEL_NODE_RESOURCE_DETECTORS'] && {
      resourceDetectors: [serviceInstanceIdDetector, hostDetector, osDetector, envDetector],
    }),
    ...(traces.kind !== 'environment' && {
      spanProcessors: [
        ...(spans ? [new BatchSpanProcessor({ ...spans, ...batching(spanQueue) })] : []),
        ...(files ? [new SimpleSpanProcessor({ exporter: files })] : []),
      ],
    }),
    ...(measurements.kind === 'off' && { metricReaders: [] }),
    ...(measurements.kind === 'otlp' && {
      metricReaders: [
        new PeriodicExportingMetricReader({
          exporter: watched(
            'metrics',
            measurements,
            new OTLPMetricExporter(connection(measurements, spanQueue)),
          ).exporter,
          exportIntervalMillis: settings.metricIntervalMs,
          exportTimeoutMillis: settings.metricTimeoutMs,
        }),
      ],
    }),
    ...(records.kind === 'off' && { logRecordProcessors: [] }),
    ...(lines && { logRecordProcessors: [new BatchLogRecordProcessor({ ...lines, ...batching(logQueue) })] }),
  };
  const sdk = new NodeSDK(configuration);
  if (theirLogs) logs.disable();
  sdk.start();
  // The SDK registers a provider of logs even when there is nothing to send them to, and would stand in the way of
  // the application's own.
  if (records.kind === 'off') logs.disable();
  const loggerProvider = registered('logs');
  if (theirLogs) logs.setGlobalLoggerProvider(theirLogs);

  const tracerProvider = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate();
  const meterProvider = metrics.getMeterProvider();
  const leave = async (send: () => Promise<unknown>): Promise<void> => {
    leaving++;
    flushes++;
    try {
      await send();
    } finally {
      leaving--;
    }
  };
  return {
    exporter: exporters,
    flush: () =>
      leave(async () => {
        await Promise.allSettled([tracerProvider, meterProvider, loggerProvider].map(forceFlush));
        // Batches that were under way before.
        await Promise.all([spans?.exporter.forceFlush(), lines?.exporter.forceFlush()]);
      }),
    shutdown() {
      // What the application has registered since is not ours to take away.
      if (loggerProvider && registered('logs') === loggerProvider) logs.disable();
      return leave(() => sdk.shutdown());
    },
  };
}

async function forceFlush(provider: object | undefined): Promise<void> {
  if (provider && 'forceFlush' in provider && typeof provider.forceFlush === 'function')
    await provider.forceFlush();
}

function batching(queue: Queue) {
  return {
    maxQueueSize: queue.maxQueueSize,
    maxExportBatchSize: queue.maxBatchSize,
    scheduledDelayMillis: queue.scheduledDelayMs,
    exportTimeoutMillis: queue.batchTimeoutMs,
  };
}
