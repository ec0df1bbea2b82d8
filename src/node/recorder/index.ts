import { context, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { type Clock, systemClock } from '../../clock.ts';
import { version } from '../../version.ts';
import { traceFileBounds } from '../trace-file/file-settings.ts';
import { spanLines } from '../trace-file/span-lines.ts';
import { TraceFiles } from '../trace-file/trace-files.ts';
import { asyncContextManager } from './context-manager.ts';
import { RecorderProvider } from './recorder-tracer.ts';

export interface RecorderOptions {
  /** Where the files are made. */
  readonly directory: string;
  readonly serviceName: string;
  /** Is told, at most once a minute, that nothing can be written. */
  readonly warn: (message: string) => void;
  /** @default the system's clock */
  readonly clock?: Clock;
}

/** What becomes of the spans of this process. */
export interface Recorder {
  /** Writes what ended so far, and records no more. */
  shutdown(): void;
}

/**
 * Records the spans of this process into files, with OpenTelemetry's API and without its SDK: a tracer provider that writes
 * each span when it ends. Every span is recorded, whatever a parent elsewhere says.
 *
 * @returns undefined where this process has a tracer provider already, which then has the spans
 */
export function startRecorder(options: RecorderOptions): Recorder | undefined {
  const { directory, serviceName, warn, clock = systemClock } = options;
  if (hasProvider()) return undefined;
  const files = new TraceFiles({ directory, warn, clock, ...traceFileBounds });
  const resource = {
    attributes: {
      'service.name': serviceName,
      'telemetry.sdk.name': 'telltale',
      'telemetry.sdk.version': version,
      'telemetry.sdk.language': 'nodejs',
      'process.pid': process.pid,
    },
  };
  const provider = new RecorderProvider(resource, clock, (span) => {
    for (const { text, count } of spanLines([span])) files.append(text, count);
  });
  trace.setGlobalTracerProvider(provider);
  const hasContext = context.setGlobalContextManager(asyncContextManager());
  let isStopped = false;
  return {
    shutdown() {
      if (isStopped) return;
      isStopped = true;
      files.close();
      trace.disable();
      if (hasContext) context.disable();
    },
  };
}

/** Until a provider is registered, the one that stands in for it has no tracers to delegate to. */
function hasProvider(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('telltale') !== undefined;
}
