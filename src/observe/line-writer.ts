import type { Context } from '@opentelemetry/api';
import type { CallLogger } from './call-logger.ts';
import { currentLogEmitter, type LogEmitter, type LogRecord } from './log-emitter.ts';
import { scope } from './scope.ts';

export type Level = keyof CallLogger;
export type Line = Parameters<CallLogger['warn']>[0];

/** OpenTelemetry's numbers and names of the levels. */
const severities: Readonly<Record<Level, { readonly number: number; readonly text: string }>> = {
  info: { number: 9, text: 'INFO' },
  warn: { number: 13, text: 'WARN' },
  error: { number: 17, text: 'ERROR' },
};

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
    { context, eventName }: { readonly context: Context; readonly eventName: string },
    record: () => Pick<LogRecord, 'timestamp' | 'body' | 'attributes'>,
  ): void {
    if (emitter === undefined) return;
    const { number: severityNumber, text: severityText } = severities[level];
    try {
      if (emitter.enabled?.({ context, eventName, severityNumber }) === false) return;
      const { timestamp, body, attributes } = record();
      // Put together field by field: spreading is several times dearer, and this is done for every call.
      emitter.emit({ eventName, timestamp, severityNumber, severityText, body, attributes, context });
    } catch (fault) {
      this.#options.report(openTelemetry, fault);
    }
  }
}
