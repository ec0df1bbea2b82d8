import type { Signal } from './receiver.ts';
import { msOfNanos } from './spans.ts';

/** How the telemetry came in, as far as its receiver can know. */
export interface ReceivedTelemetry {
  /** Bodies that were taken. */
  readonly exports: Readonly<Record<Signal, number>>;
  /** Bodies that were not: broken, too large, or of another kind. */
  readonly refused: number;
  readonly logRecords: number;
  /** Spans that came more than once. */
  readonly duplicates: number;
  /** Spans that came later than `lateAfterMs` after their end. */
  readonly late: number;
  readonly lateAfterMs: number;
  /** From a span's end to its arrival, at the longest. */
  readonly longestLagMs: number;
  /** Attributes, events and links of spans and log records that a sender says it left out. */
  readonly droppedParts: number;
}

/** A batch goes off every half second, and takes one more at worst. */
const lateAfterMs = 5_000;

interface Counted {
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}

interface Telemetry {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly {
      readonly spans?: readonly (Counted & {
        readonly traceId: string;
        readonly spanId: string;
        readonly endTimeUnixNano: string | number;
      })[];
    }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly scopeLogs?: readonly { readonly logRecords?: readonly Counted[] }[];
  }[];
}

/** Counts what a receiver gets. */
export class Receipts {
  readonly #exports = { traces: 0, metrics: 0, logs: 0 };
  readonly #spanIds = new Set<string>();
  #refused = 0;
  #logRecords = 0;
  #duplicates = 0;
  #late = 0;
  #longestLagMs = 0;
  #droppedParts = 0;

  refuse(): void {
    this.#refused++;
  }

  /** Takes a parsed body that arrived at `atMs` (since 1970), on the clock of the sender's machine. */
  take(signal: Signal, body: unknown, atMs: number): void {
    this.#exports[signal]++;
    const { resourceSpans = [], resourceLogs = [] } = body as Telemetry;
    for (const { scopeSpans = [] } of resourceSpans) {
      for (const { spans = [] } of scopeSpans) {
        for (const span of spans) {
          this.#countDropped(span);
          this.#takeSpan(`${span.traceId} ${span.spanId}`, atMs - msOfNanos(span.endTimeUnixNano));
        }
      }
    }
    for (const { scopeLogs = [] } of resourceLogs) {
      for (const { logRecords = [] } of scopeLogs) {
        this.#logRecords += logRecords.length;
        for (const record of logRecords) this.#countDropped(record);
      }
    }
  }

  get all(): ReceivedTelemetry {
    return {
      exports: { ...this.#exports },
      refused: this.#refused,
      logRecords: this.#logRecords,
      duplicates: this.#duplicates,
      late: this.#late,
      lateAfterMs,
      longestLagMs: this.#longestLagMs,
      droppedParts: this.#droppedParts,
    };
  }

  #takeSpan(id: string, lagMs: number): void {
    if (this.#spanIds.has(id)) this.#duplicates++;
    this.#spanIds.add(id);
    if (lagMs > lateAfterMs) this.#late++;
    this.#longestLagMs = Math.max(this.#longestLagMs, lagMs);
  }

  #countDropped({ droppedAttributesCount, droppedEventsCount, droppedLinksCount }: Counted): void {
    this.#droppedParts +=
      (droppedAttributesCount ?? 0) + (droppedEventsCount ?? 0) + (droppedLinksCount ?? 0);
  }
}
