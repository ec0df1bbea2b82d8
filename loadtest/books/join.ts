import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { K6Call } from '../k6/record.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { K6Book } from './k6.ts';
import type { LeftBook } from './left.ts';
import { roleOf, type TelemetryBook } from './telemetry.ts';

/** The three books. The mock's is undefined when it died with the mock. */
export interface Books {
  readonly k6: K6Book;
  readonly telemetry: TelemetryBook;
  readonly mock: readonly LedgerEntry[] | undefined;
  /** What was still there when all was over. */
  readonly left: LeftBook;
}

/** What the three books say of one call id. */
export interface CallEntries {
  readonly callId: string;
  readonly k6: K6Call[];
  readonly gateway: SpanRecord[];
  readonly calls: SpanRecord[];
  readonly attempts: SpanRecord[];
  readonly backoffs: SpanRecord[];
  readonly throttles: SpanRecord[];
  readonly others: SpanRecord[];
  /** In order of arrival. */
  readonly ledger: LedgerEntry[];
}

export interface JoinedBooks {
  readonly books: Books;
  readonly byCall: ReadonlyMap<string, CallEntries>;
}

/** Lays the books side by side; a call id that only one book knows is there too. */
export function joinBooks(books: Books): JoinedBooks {
  const byCall = new Map<string, CallEntries>();
  function entriesOf(callId: string): CallEntries {
    let entries = byCall.get(callId);
    if (!entries) {
      entries = {
        callId,
        k6: [],
        gateway: [],
        calls: [],
        attempts: [],
        backoffs: [],
        throttles: [],
        others: [],
        ledger: [],
      };
      byCall.set(callId, entries);
    }
    return entries;
  }
  for (const call of books.k6.calls) entriesOf(call.callId).k6.push(call);
  for (const span of books.telemetry.spans) entriesOf(span.traceId)[listOf[roleOf(span)]].push(span);
  for (const entry of books.mock ?? []) entriesOf(entry.callId).ledger.push(entry);
  return { books, byCall };
}

const listOf = {
  gateway: 'gateway',
  call: 'calls',
  attempt: 'attempts',
  backoff: 'backoffs',
  throttle: 'throttles',
  other: 'others',
} as const;
