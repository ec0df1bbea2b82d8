import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { parentSpanIdOf } from '../k6/call-id.ts';
import type { ReceivedTelemetry } from '../otlp/received.ts';
import type { TelemetryHealth } from './model.ts';
import { total } from './percentile.ts';

/** How the telemetry came in, and what of it is missing. */
export function telemetryHealth(
  { books, byCall }: JoinedBooks,
  telemetry: {
    readonly metricPoints: number;
    readonly exportFailures: number;
    readonly received: ReceivedTelemetry;
  },
): TelemetryHealth {
  const { metricPoints, exportFailures, received } = telemetry;
  return {
    spans: books.telemetry.spans.length,
    metricPoints,
    ...received,
    orphans: total([...byCall.values()].map(orphansOf)),
    exportFailures,
  };
}

/** Spans whose parent is neither in their trace nor k6's own, which is never sent: the parent was lost. */
function orphansOf(entries: CallEntries): number {
  const { callId, gateway, calls, attempts, backoffs, throttles, others } = entries;
  const spans = [...gateway, ...calls, ...attempts, ...backoffs, ...throttles, ...others];
  const known = new Set([parentSpanIdOf(callId), ...spans.map(({ spanId }) => spanId)]);
  return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId)).length;
}
