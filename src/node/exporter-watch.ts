import { checkClock, checkFunction, checkObject, checkOneOf, invalidOption } from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ExporterHealth, SignalFigures, TelemetrySignal } from '../exporter-health.ts';
import { ExportRecord } from './export-record.ts';

/** What OpenTelemetry's exporters of spans, metrics and log records have in common. */
export interface WatchableExporter {
  export(items: never, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

/** Remembers how the exports of some exporters went: for the option `exporter` of `observe`. */
export interface ExporterWatch extends ExporterHealth {
  /**
   * Watches an exporter of spans, metrics or log records, of whatever kind. It does what it did before, and is given back
   * as it is; watching it again does nothing.
   *
   * @param signal what it sends: `'traces'`, `'metrics'` or `'logs'`
   * @throws TelltaleError `invalid_option`
   */
  watch<E extends WatchableExporter>(signal: TelemetrySignal, exporter: E): E;
}

/**
 * Watches the exporters of an OpenTelemetry SDK of your own, so that `telltale(client).health()` can say whether telemetry
 * arrives. Of a signal whose exporter is not watched it says `unknown`. `start()` watches its own; no call of this is needed
 * for it. What a queue in front of an exporter gives up for want of room is not seen here.
 *
 * @param options.clock for tests. @default the system's clock
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * import { watchExporters } from 'telltale/node';
 *
 * const exporter = watchExporters();
 * const sdk = new NodeSDK({ traceExporter: exporter.watch('traces', new OTLPTraceExporter()) });
 * sdk.start();
 * const openai = observe(new OpenAI(), { exporter });
 * ```
 */
export function watchExporters(options: { readonly clock?: Clock } = {}): ExporterWatch {
  const { clock } = checkObject('options', options, ['clock']);
  return new ExporterBook(clock === undefined ? systemClock : checkClock('options.clock', clock));
}

const signals = ['traces', 'metrics', 'logs'] as const;

/** The records of all exporters of a process, by what they send. */
export class ExporterBook implements ExporterWatch {
  readonly #clock: Clock;
  readonly #off: ReadonlySet<TelemetrySignal>;
  readonly #records: Readonly<Record<TelemetrySignal, ExportRecord[]>> = {
    traces: [],
    metrics: [],
    logs: [],
  };
  readonly #watched = new WeakSet<object>();

  /** @param off what is known not to be sent at all */
  constructor(clock: Clock, off: readonly TelemetrySignal[] = []) {
    this.#clock = clock;
    this.#off = new Set(off);
  }

  /** For an exporter that tells of its exports itself. */
  record(signal: TelemetrySignal): ExportRecord {
    const record = new ExportRecord(this.#clock);
    this.#records[signal].push(record);
    return record;
  }

  watch<E extends WatchableExporter>(signal: TelemetrySignal, exporter: E): E {
    checkOneOf('signal', signal, signals);
    if (typeof exporter !== 'object' || exporter === null)
      throw invalidOption('exporter', 'an OpenTelemetry exporter', exporter);
    checkFunction('exporter.export', exporter.export);
    if (this.#watched.has(exporter)) return exporter;
    this.#watched.add(exporter);
    const record = this.record(signal);
    const send = exporter.export.bind(exporter);
    exporter.export = function exportWatched(items, done) {
      const ended = record.begin(items);
      try {
        send(items, (result) => {
          ended(result.code === 0);
          done(result);
        });
      } catch (error) {
        ended(false);
        throw error;
      }
    };
    return exporter;
  }

  figures(): Readonly<Record<TelemetrySignal, SignalFigures>> {
    const [traces, metrics, logs] = signals.map((signal) => this.#figuresOf(signal));
    return { traces, metrics, logs } as Record<TelemetrySignal, SignalFigures>;
  }

  #figuresOf(signal: TelemetrySignal): SignalFigures {
    const all = this.#records[signal].map((record) => record.figures());
    const states = all.map(({ state }) => state);
    const known = (['failing', 'ok', 'idle'] as const).find((state) => states.includes(state));
    const sinceLastExportMs = least(all.map((one) => one.sinceLastExportMs));
    const sinceLastDropMs = least(all.map((one) => one.sinceLastDropMs));
    return {
      state: known ?? (this.#off.has(signal) ? 'off' : 'unknown'),
      failedExports: sum(all.map(({ failedExports }) => failedExports)),
      dropped: sum(all.map(({ dropped }) => dropped)),
      ...(sinceLastExportMs !== undefined && { sinceLastExportMs }),
      ...(sinceLastDropMs !== undefined && { sinceLastDropMs }),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
