import { diag } from '@opentelemetry/api';
import { checkClock, checkObject } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { registered } from '../registered.ts';
import { type TraceFileOptions, traceFileSettings } from './file-settings.ts';
import type { FileSpan } from './file-span.ts';
import { spanLines } from './span-lines.ts';
import { TraceFiles } from './trace-files.ts';

/** An exporter of spans for an OpenTelemetry SDK of generation 2 or 3. */
export interface FileSpanExporter {
  /** Takes spans, always: what cannot be written is dropped with a warning. */
  export(spans: readonly FileSpan[], done: (result: { readonly code: number }) => void): void;
  /** Writes what is not written yet. */
  forceFlush(): Promise<void>;
  /** Writes what is not written yet, and takes no more. */
  shutdown(): Promise<void>;
}

/**
 * Writes spans into files of a directory, for an OpenTelemetry SDK of your own; `start({ file: true })` does it for its own.
 * `npx telltale view` shows them. Lines of OTLP/JSON, so the collector reads them too.
 *
 * Each process makes a file of its own, for its owner alone. Spans are written 100 ms later at most, and at the end of the
 * process; one that is killed leaves whole lines. What cannot be written is dropped with one warning a minute at most, and
 * nothing is thrown.
 *
 * @param options.clock for tests. @default the system's clock
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * import { NodeSDK } from '@opentelemetry/sdk-node';
 * import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
 * import { fileSpanExporter } from 'telltale/node';
 *
 * // With the SDK 2: new SimpleSpanProcessor(fileSpanExporter())
 * const sdk = new NodeSDK({ spanProcessors: [new SimpleSpanProcessor({ exporter: fileSpanExporter() })] });
 * ```
 */
export function fileSpanExporter(
  options: TraceFileOptions & { readonly clock?: Clock } = {},
): FileSpanExporter {
  const { clock, ...file } = checkObject('options', options, [
    'directory',
    'maxFileBytes',
    'maxFiles',
    'clock',
  ]);
  const files = new TraceFiles({
    ...traceFileSettings('options', file),
    clock: clock === undefined ? systemClock : checkClock('options.clock', clock),
    warn,
  });
  return exporterInto(files);
}

export function exporterInto(files: TraceFiles): FileSpanExporter {
  return {
    export(spans, done) {
      for (const { text, count } of spanLines(spans)) files.append(text, count);
      done({ code: 0 });
    },
    forceFlush() {
      files.flush();
      return Promise.resolve();
    },
    shutdown() {
      files.close();
      return Promise.resolve();
    },
  };
}

/** OpenTelemetry is silent about its own troubles until somebody gives it a logger. */
function warn(message: string): void {
  if (registered('diag')) diag.warn(message);
  else process.emitWarning(message, { type: 'TelltaleWarning', code: 'TELLTALE_TELEMETRY' });
}
