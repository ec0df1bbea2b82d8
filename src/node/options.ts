import type { TraceFileOptions } from './trace-file/file-settings.ts';

/** Options of `start`. Everything has a default, and an option wins over its environment variable. */
export interface StartOptions {
  /**
   * The name under which this service appears.
   * @default `OTEL_SERVICE_NAME`, `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, or the name in the application's
   * package.json
   */
  readonly serviceName?: string;
  /**
   * Base URL of the OTLP/HTTP receiver; `/v1/traces`, `/v1/metrics` and `/v1/logs` are added to it.
   * @default `OTEL_EXPORTER_OTLP_ENDPOINT` and its `_TRACES_`, `_METRICS_` and `_LOGS_` forms, or
   * `http://localhost:4318`
   */
  readonly endpoint?: string;
  /**
   * Whether to write spans into files, which `npx telltale view` shows: `true` for `.telltale/traces` in the working
   * directory, the path of a directory, or what is kept there. A process makes a file of its own, for its owner alone.
   * Without an endpoint, in the options or in a variable, nothing is sent then, but what `traces`, `metrics` and `logs`
   * ask for with `true`.
   * @default the directory in `TELLTALE_TRACE_DIRECTORY`, or `false`
   */
  readonly file?: boolean | string | TraceFileOptions;
  /** Headers sent with every export, over those in `OTEL_EXPORTER_OTLP_HEADERS`. @default those alone */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether to send spans. @default true, unless `OTEL_TRACES_EXPORTER` is `none` */
  readonly traces?: boolean;
  /** Whether to send metrics. @default true, unless `OTEL_METRICS_EXPORTER` is `none` */
  readonly metrics?: boolean;
  /**
   * Whether to send log records: the line of each call, and what the application itself gives to OpenTelemetry's logs.
   * A provider of logs that the application has registered before is left in place and gets them instead.
   * @default true, unless `OTEL_LOGS_EXPORTER` is `none`
   */
  readonly logs?: boolean;
  /**
   * Milliseconds between two exports of metrics. Minimum: 1.
   * @default `OTEL_METRIC_EXPORT_INTERVAL`, or 15 000
   */
  readonly metricIntervalMs?: number;
  /**
   * Attributes of the resource, such as `deployment.environment.name`. Whoever deploys can correct them:
   * `OTEL_RESOURCE_ATTRIBUTES` wins over these.
   */
  readonly resourceAttributes?: Readonly<Record<string, string | number | boolean>>;
  /**
   * How many ended spans, and how many log records, wait at most to be sent; more are dropped, so memory stays
   * bounded. Minimum: 1.
   * @default `OTEL_BSP_MAX_QUEUE_SIZE` and `OTEL_BLRP_MAX_QUEUE_SIZE`, or 2 048
   */
  readonly maxQueueSize?: number;
  /**
   * Milliseconds that ended spans and log records wait for more before they are sent together. Minimum: 1.
   * @default `OTEL_BSP_SCHEDULE_DELAY`, or 5 000, and `OTEL_BLRP_SCHEDULE_DELAY`, or 1 000
   */
  readonly scheduledDelayMs?: number;
  /**
   * Whether to send what is left when the process gets SIGTERM or SIGINT. The signal then does what it would have
   * done: with no listener of the application's the process dies of the same signal, at most `exportTimeoutMs`
   * later, and a second signal ends it at once; with one, the application decides and nothing is added.
   * (What is left when the event loop runs empty is always sent. `process.exit()` and a crash leave no time to
   * send: call `await sdk.flush()` before `process.exit()`.)
   * @default true
   */
  readonly handleSignals?: boolean;
  /**
   * The most milliseconds that one export, a `flush`, the `shutdown` and the end of the process wait for the receiver.
   * An export of metrics waits no longer than half of `metricIntervalMs`. Minimum: 1.
   * @default `OTEL_EXPORTER_OTLP_TIMEOUT` and, for exports, its `_TRACES_`, `_METRICS_` and `_LOGS_` forms, or
   * 5 000
   */
  readonly exportTimeoutMs?: number;
}
