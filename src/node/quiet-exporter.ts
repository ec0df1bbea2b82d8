import type { Clock } from '../clock.ts';
import { countOf, type ExportRecord } from './export-record.ts';

/** What the SDK's exporters of spans and of metrics have in common. */
export interface Exporter<T> {
  export(items: T, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
}

interface ExportResult {
  /** 0 is success. */
  readonly code: number;
  readonly error?: Error;
}

export interface QuietExporterOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** A number for the flush or shutdown that is under way, of which each has its own; undefined where there is none. */
  readonly flushUnderWay: () => number | undefined;
  readonly isReachable: (url: string) => Promise<boolean>;
  /** Remembers how each export went, which the SDK is not told. */
  readonly record: ExportRecord;
}

/** After a failure nothing is tried for so long, but by a flush. */
const pauseMs = 5_000;

/**
 * Makes an exporter whose failures are one sentence and never felt. The SDK would report each failed batch as an error
 * with its stack, so it is told that the batch is dealt with: it is dropped either way. And the exporter would retry
 * for seconds and keep the process alive meanwhile, so
 *
 * - only a receiver that took the last export gets retries; with any other, and during a flush, which may be the last
 *   thing that the process does, it is first looked whether anybody is there;
 * - after a failure there is a pause, so that exports to a receiver that hangs do not follow one another without end.
 *   A flush or a shutdown in that time tries once, since the receiver may be back and nothing may come later: its other
 *   batches wait for how the first one goes, and a failure is no news that would be worth a second warning.
 */
export function quietExporter<T, E extends Exporter<T>>(exporter: E, options: QuietExporterOptions): E {
  const { url, clock, record } = options;
  const send = exporter.export.bind(exporter);
  const underWay = new Set<Promise<void>>();
  let tookLast = false;
  let resumeMs = Number.NEGATIVE_INFINITY;
  /** What the last flush that fell into a pause tries, and whether that was taken. */
  let trial: { readonly flush: number; readonly isTaken: Promise<boolean> } | undefined;

  function trySend(items: T): Promise<ExportResult> {
    return new Promise((resolve) => {
      try {
        send(items, resolve);
      } catch (error) {
        resolve({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
      }
    });
  }

  async function attempt(items: T, flush: number | undefined): Promise<ExportResult> {
    const ended = record.begin(items);
    const isTrusted = tookLast && flush === undefined;
    const result =
      isTrusted || (await options.isReachable(url))
        ? await trySend(items)
        : { code: 1, error: new Error('nothing answers there') };
    tookLast = result.code === 0;
    ended(tookLast);
    return result;
  }

  /** In the pause: the first of a flush is tried, and the rest of it goes where that went. */
  async function tryOnce(items: T, flush: number): Promise<void> {
    if (trial?.flush !== flush) {
      const isTaken = attempt(items, flush).then(({ code }) => {
        if (code === 0) resumeMs = Number.NEGATIVE_INFINITY;
        return code === 0;
      });
      trial = { flush, isTaken };
      await isTaken;
    } else if (await trial.isTaken) await exportOrDrop(items);
    else record.drop(countOf(items));
  }

  async function exportOrDrop(items: T): Promise<void> {
    const flush = options.flushUnderWay();
    if (clock.nowMs() < resumeMs) {
      if (flush === undefined) record.drop(countOf(items));
      else await tryOnce(items, flush);
      return;
    }
    const { code, error } = await attempt(items, flush);
    if (code === 0) return;
    resumeMs = clock.nowMs() + pauseMs;
    if (flush !== undefined) trial = { flush, isTaken: Promise.resolve(false) };
    options.warn(failure(url, error));
  }

  exporter.export = function exportQuietly(items, done) {
    const exporting = exportOrDrop(items)
      .then(() => done({ code: 0 }))
      .finally(() => underWay.delete(exporting));
    underWay.add(exporting);
  };
  exporter.forceFlush = async function forceFlush() {
    await Promise.allSettled(underWay);
  };
  return exporter;
}

function failure(url: string, error: Error | undefined): string {
  // A connection that was tried over IPv6 and IPv4 fails with both errors and no message of its own.
  const errors: unknown = (error as { errors?: unknown } | undefined)?.errors;
  const first: unknown = Array.isArray(errors) ? errors[0] : error;
  const reason = first instanceof Error && first.message !== '' ? first.message : 'the export failed';
  // User, password and query of a URL may be credentials.
  const { origin, pathname } = new URL(url);
  return (
    `Telemetry could not be sent to ${origin}${pathname}: ${reason}. It is dropped, and nothing else is affected. ` +
    'Is an OpenTelemetry collector running there? (Said at most once a minute.)'
  );
}
