import type { Context } from '@opentelemetry/api';
import type { CallLogger } from './call-logger.ts';
import { currentLogEmitter, type LogEmitter, type LogRecord } from './log-emitter.ts';
import { scope } from './scope.ts';

export type Level = keyof CallLogger;
export type Line = Parameters<CallLogger['warn']>[0];

/** OpenTelemetry's numbers for the levels. */
const severities: Readonly<Record<Level, number>> = { info: 9, warn: 13, error: 17 };

const theLogger = 'The logger given as `log`';
const openTelemetry = "OpenTelemetry's logging";

export interface LineWriterOptions {
  /** The user's own logger. */
  readonly log: CallLogger | undefined;
  /** Hears once of each thing that throws. */
  readonly report: (where: string, fault: unknown) => void;
}

/** Writes lines to the user's logger, and log records to whatever OpenTelemetry provider of logs is registered. */
export class LineWriter {
  readonly #options: LineWriterOptions;
  /** Undefined where no provider of logs is registered. */
  readonly emitter: () => LogEmitter | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
    this.emitter = currentLogEmitter(scope, (fault) => options.report(openTelemetry, fault));
  }

  write(level: Level, line: () => Line, message: () => string): void {
    const { log, report } = this.#options;
    if (log === undefined) return;
    try {
      const written: unknown = (log[level] as CallLogger['warn']).call(log, line(), message());
      // Nobody waits for a logger that is asynchronous, so its rejection would end the process.
      if (written instanceof Promise) written.catch((fault: unknown) => report(theLogger, fault));
    } catch (fault) {
      report(theLogger, fault);
    }
  }

  /** `record` is asked only where the emitter wants it. */
  emit(
    emitter: LogEmitter | undefined,
    level: Level,
    where: { readonly context: Context; readonly eventName: string },
    record: () => Pick<LogRecord, 'timestamp' | 'body' | 'attributes'>,
  ): void {
    if (emitter === undefined) return;
    const about = { ...where, severityNumber: severities[level] };
    try {
      if (emitter.enabled?.(about) === false) return;
      emitter.emit({ ...about, ...record(), severityText: level.toUpperCase() });
    } catch (fault) {
      this.#options.report(openTelemetry, fault);
    }
  }
}
