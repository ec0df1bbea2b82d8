import type { LedgerEntry } from '../../src/mock/ledger.ts';
import { type Books, type CallEntries, type JoinedBooks, joinBooks } from '../books/join.ts';
import { roleOf } from '../books/telemetry.ts';
import { scopeName } from '../otlp/names.ts';

/**
 * The books by request to the service: what the service asked of the provider meanwhile is found by the trace that k6
 * began. A request of the provider's whose trace is not k6's keeps its own name, and is nobody's.
 */
export function joinByRequest(books: Books): JoinedBooks {
  const made = new Set(books.k6.calls.map(({ callId }) => callId));
  const mock = books.mock?.map((entry) => {
    const traceId = traceIdOf(entry);
    return traceId !== undefined && made.has(traceId) ? { ...entry, callId: traceId } : entry;
  });
  return joinBooks({ ...books, mock });
}

/** How many of the provider's requests are known to be of one of k6's. */
export function tracedRequests(books: Books): number {
  const made = new Set(books.k6.calls.map(({ callId }) => callId));
  return (books.mock ?? []).filter((entry) => made.has(traceIdOf(entry) ?? '') || made.has(entry.callId))
    .length;
}

/** Whether the service told of its calls through Telltale. */
export function isObserved({ telemetry }: Books): boolean {
  return telemetry.spans.some(({ scope }) => scope === scopeName);
}

/**
 * The books by call of the client in the service, where Telltale told of them: a request to the service may make several.
 * A request of the provider's belongs to the attempt that is its parent in the trace.
 */
export function joinByCall(books: Books): JoinedBooks {
  const byCall = new Map<string, CallEntries>();
  const callOfSpan = new Map<string, string>();
  const entriesOf = (callId: string): CallEntries => {
    const known = byCall.get(callId);
    if (known) return known;
    const entries: CallEntries = {
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
    return entries;
  };
  const own = books.telemetry.spans.filter(({ scope }) => scope === scopeName);
  for (const span of own) {
    if (roleOf(span) !== 'call') continue;
    callOfSpan.set(span.spanId, span.spanId);
    entriesOf(span.spanId).calls.push(span);
  }
  for (const span of own) {
    const role = roleOf(span);
    if (role === 'call') continue;
    const callId = callOfSpan.get(span.parentSpanId ?? '') ?? span.spanId;
    callOfSpan.set(span.spanId, callId);
    const entries = entriesOf(callId);
    if (role === 'attempt') entries.attempts.push(span);
    else if (role === 'backoff') entries.backoffs.push(span);
    else if (role === 'throttle') entries.throttles.push(span);
    else entries.others.push(span);
  }
  const mock = books.mock?.map((entry) => ({
    ...entry,
    callId: callOfSpan.get(parentSpanIdOf(entry) ?? '') ?? entry.callId,
  }));
  for (const entry of mock ?? []) entriesOf(entry.callId).ledger.push(entry);
  return { books: { ...books, mock }, byCall };
}

function traceIdOf({ traceparent }: LedgerEntry): string | undefined {
  return traceparent?.split('-')[1];
}

function parentSpanIdOf({ traceparent }: LedgerEntry): string | undefined {
  return traceparent?.split('-')[2];
}
