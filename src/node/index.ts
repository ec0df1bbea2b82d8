import { isDeepStrictEqual } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import {
  context,
  createNoopMeter,
  metrics,
  type ProxyTracerProvider,
  propagation,
  trace,
} from '@opentelemetry/api';
import { systemClock } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import { type ExporterHealth, setRunningExporter } from '../exporter-health.ts';
import { endAllOpenCalls } from '../wrap/open-calls.ts';
import { showDiagnostics } from './diagnostics.ts';
import { flushAtExit } from './exit.ts';
import { ExporterBook } from './exporter-watch.ts';
import { loadSdk } from './load-sdk.ts';
import type { StartOptions } from './options.ts';
import { packageNameFor } from './service-name.ts';
import { type Settings, settle } from './settings.ts';
import { settledWithin } from './within.ts';

export type { ExporterHealth, SignalFigures, TelemetrySignal } from '../exporter-health.ts';
export { type ExporterWatch, type WatchableExporter, watchExporters } from './exporter-watch.ts';
export type { StartOptions } from './options.ts';
export type { TraceFileOptions } from './trace-file/file-settings.ts';
export type { FileSpan, FileSpanEvent } from './trace-file/file-span.ts';
export { type FileSpanExporter, fileSpanExporter } from './trace-file/file-span-exporter.ts';

/** OpenTelemetry, set up by `start`. */
export interface TelltaleSdk {
  /**
   * How its exports went so far. The check `exporter` of `telltale(client).health()` is made of it, for as long as this runs.
   */
  readonly exporter: ExporterHealth;
  /**
   * Sends what was recorded so far. Resolves when it is sent, dropped because the receiver cannot be reached, or
   * after `exportTimeoutMs`. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Sends what was recorded so far, stops recording and takes all listeners off the process. Bounded like `flush`;
   * never rejects. Calling it again gives the same promise.
   */
  shutdown(): Promise<void>;
}

/** OpenTelemetry's own registrations are global to the process, and so is the one SDK behind them. */
let running: { readonly settings: Settings; readonly sdk: TelltaleSdk } | undefined;

/**
 * Sets up OpenTelemetry for this process: traces, metrics and logs by OTLP/HTTP, context propagation, and a last flush
 * when the process ends. The standard `OTEL_*` variables are honoured. Call it before the first request.
 *
 * A receiver that is down is never felt by the application: telemetry is dropped, with one warning a minute at most.
 * Calling it again with the same options, or with none, returns the SDK that runs.
 *
 * @throws TelltaleError `invalid_option`; `missing_package` when the OpenTelemetry SDK is not installed;
 * `already_started` when it runs with other options, or when the process has an OpenTelemetry SDK from elsewhere.
 *
 * @example
 * ```ts
 * import { start } from 'telltale/node';
 *
 * const sdk = start({ serviceName: 'shop', endpoint: 'http://127.0.0.1:4318' });
 * ```
 */
export function start(options: StartOptions = {}): TelltaleSdk {
  const settings = settle(options, process.env);
  if (running) {
    if (Object.keys(options).length === 0 || isDeepStrictEqual(running.settings, settings))
      return running.sdk;
    throw new TelltaleError(
      'already_started',
      'start() has been called with other options already, in the application or by telltale/register. Call it once, or `await sdk.shutdown()` in between.',
    );
  }
  const sdk = settings.disabled ? disabledSdk() : run(settings);
  running = { settings, sdk };
  return sdk;
}

function run(settings: Settings): TelltaleSdk {
  if (isSetUpElsewhere()) {
    throw new TelltaleError(
      'already_started',
      'This process has an OpenTelemetry SDK already, and Telltale reports to it as it is. Leave out start().',
    );
  }
  const { runSdk } = loadSdk();
  const hideDiagnostics = showDiagnostics(systemClock, process.env);
  const otel = runSdk(settings, packageNameFor(process.argv[1], process.cwd()), systemClock);
  const flush = (): Promise<void> => settledWithin(otel.flush(), settings.exportTimeoutMs, systemClock);
  const flushAtEnd = (isEnd: boolean): Promise<void> => {
    if (isEnd) endAllOpenCalls();
    return flush();
  };
  const detach = flushAtExit(process, flushAtEnd, settings.handleSignals && isMainThread);
  setRunningExporter(otel.exporter);
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    detach();
    await settledWithin(otel.shutdown(), settings.exportTimeoutMs, systemClock);
    for (const api of [trace, metrics, context, propagation]) api.disable();
    hideDiagnostics();
    setRunningExporter(undefined);
    running = undefined;
  }
  return {
    exporter: otel.exporter,
    flush,
    shutdown: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** `OTEL_SDK_DISABLED=true` asks for nothing to happen. */
function disabledSdk(): TelltaleSdk {
  const exporter = new ExporterBook(systemClock, ['traces', 'metrics', 'logs']);
  setRunningExporter(exporter);
  return {
    exporter,
    flush: () => Promise.resolve(),
    shutdown: () => {
      setRunningExporter(undefined);
      running = undefined;
      return Promise.resolve();
    },
  };
}

function isSetUpElsewhere(): boolean {
  const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>;
  // Until a provider is registered, the one that stands in for it has no tracers to delegate to.
  const hasTraces =
    provider.getDelegateTracer === undefined || provider.getDelegateTracer('telltale') !== undefined;
  return hasTraces || metrics.getMeter('telltale') !== createNoopMeter();
}
