import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import { Receipts } from '../../../loadtest/otlp/received.ts';
import { telemetryHealth } from '../../../loadtest/report/telemetry-health.ts';
import { booksOf, exampleBooks, isCallSpan, type OpenBooks } from '../reconcile/example-books.ts';

const spans = (...list: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] });
const span = { traceId: 'a', spanId: '1', endTimeUnixNano: '10000000000' };

describe('what the receiver got', () => {
  it('is counted by signal, with the log records', () => {
    const receipts = new Receipts();
    receipts.take('traces', spans(span), 10_000);
    receipts.take('metrics', {}, 0);
    receipts.take('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}] }] }] }, 0);
    receipts.refuse();
    expect(receipts.all).toMatchObject({
      exports: { traces: 1, metrics: 1, logs: 1 },
      logRecords: 2,
      refused: 1,
      duplicates: 0,
      late: 0,
    });
  });

  it('has a span twice that came twice, whatever its batch, and not one of another trace', () => {
    const receipts = new Receipts();
    receipts.take('traces', spans(span, { ...span, traceId: 'b' }), 10_000);
    receipts.take('traces', spans(span), 10_000);
    expect(receipts.all.duplicates).toBe(1);
  });

  it('has a span late that came more than five seconds after its end', () => {
    const receipts = new Receipts();
    receipts.take('traces', spans(span), 15_000);
    expect(receipts.all).toMatchObject({ late: 0, longestLagMs: 5_000 });
    receipts.take('traces', spans({ ...span, spanId: '2' }), 15_001);
    expect(receipts.all).toMatchObject({ late: 1, longestLagMs: 5_001 });
  });

  it('adds up what senders say they dropped', () => {
    const receipts = new Receipts();
    const dropped = { droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 4 };
    receipts.take('traces', spans({ ...span, ...dropped }), 0);
    receipts.take(
      'logs',
      { resourceLogs: [{ scopeLogs: [{ logRecords: [{ droppedAttributesCount: 8 }] }] }] },
      0,
    );
    expect(receipts.all.droppedParts).toBe(15);
  });
});

describe('spans without their parent', () => {
  function orphans(change: (books: OpenBooks) => void = () => {}): number {
    const open = exampleBooks();
    change(open);
    const received = new Receipts().all;
    return telemetryHealth(joinBooks(booksOf(open)), { metricPoints: 0, exportFailures: 0, received })
      .orphans;
  }

  it('are none where every span came; k6 sends none of its own', () => {
    expect(orphans()).toBe(0);
  });

  it('are those under a span that was lost', () => {
    // Of three calls: six attempts and three backoffs.
    const found = orphans((books) => {
      books.spans = books.spans.filter((one) => !isCallSpan(one));
    });
    expect(found).toBe(9);
  });
});
