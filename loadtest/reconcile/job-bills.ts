import type { JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import { billOfLedger, type LedgerBill } from './bill.ts';

/** A Response that worked in the background: the ledger has what it used with the request that made it. */
export interface JobBill extends LedgerBill {
  readonly id: string;
  /** The first call that says what it used; undefined where none does. */
  readonly bookedBy: SpanRecord | undefined;
}

/** Of the background Responses that used something. */
export function jobBillsOf({ books, byCall }: JoinedBooks): JobBill[] {
  const bookings = new Map<string, SpanRecord>();
  for (const { calls } of byCall.values()) {
    const [span] = calls;
    const id = span && textOf(span, attr.responseId);
    if (!span || id === undefined || textOf(span, attr.usageSource) !== 'provider') continue;
    const before = bookings.get(id);
    if (!before || span.endMs < before.endMs) bookings.set(id, span);
  }
  return (books.mock ?? []).flatMap((entry) => {
    const { job } = entry;
    const billed = job && billOfLedger([entry]);
    return billed ? [{ ...billed, id: job.id, bookedBy: bookings.get(job.id) }] : [];
  });
}
