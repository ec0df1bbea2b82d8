/** A kind of telemetry. */
export type TelemetrySignal = 'traces' | 'metrics' | 'logs';

/** How telemetry of one kind leaves the process. */
export interface SignalFigures {
  /**
   * `'ok'` or `'failing'`, as the last export went; `'idle'` where none has ended yet; `'off'` where none is sent;
   * `'unknown'` where nobody watches it being sent.
   */
  readonly state: 'ok' | 'failing' | 'idle' | 'off' | 'unknown';
  /** Exports that failed so far. */
  readonly failedExports: number;
  /** Spans or log records (of metrics: readings of all of them) that were given up so far, also for want of room in a queue. */
  readonly dropped: number;
  /** Milliseconds since an export last went well; absent where none did. */
  readonly sinceLastExportMs?: number;
  /** Milliseconds since something was last given up; absent where nothing was. */
  readonly sinceLastDropMs?: number;
}

/** Whoever knows how telemetry leaves the process. */
export interface ExporterHealth {
  figures(): Readonly<Record<TelemetrySignal, SignalFigures>>;
}

let running: ExporterHealth | undefined;

/** OpenTelemetry's own registrations are of the process, and so is what `start` knows of them; its `shutdown` takes it back. */
export function setRunningExporter(exporter: ExporterHealth | undefined): void {
  running = exporter;
}

/** Undefined where no `start` runs. */
export function runningExporter(): ExporterHealth | undefined {
  return running;
}
