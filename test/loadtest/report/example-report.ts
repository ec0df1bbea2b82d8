import { joinBooks } from '../../../loadtest/books/join.ts';
import { Receipts } from '../../../loadtest/otlp/received.ts';
import { reconcile } from '../../../loadtest/reconcile/index.ts';
import { buildReport } from '../../../loadtest/report/build.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { verdictOf } from '../../../loadtest/report/verdict.ts';
import { scenarios } from '../../../loadtest/scenarios/index.ts';
import { booksOf, exampleBooks, type OpenBooks } from '../reconcile/example-books.ts';

/** The report of the example's books, which a test may have changed. */
export function exampleReport(
  change: (books: OpenBooks) => void = () => {},
  cutShort: string | undefined = undefined,
): RunReport {
  const open = exampleBooks();
  change(open);
  const joined = joinBooks(booksOf(open));
  const { chaos: scenario } = scenarios;
  if (!scenario) throw new Error('no scenario');
  const reconciliation = reconcile(joined);
  return buildReport({
    header: {
      scenario: 'chaos',
      seed: 1,
      startedAt: '2026-11-24T00:00:00.000Z',
      durationMs: 4_000,
      offeredPerSecond: { json: 10, streams: 3 },
      versions: { node: '24' },
      machine: 'a machine',
      partial: cutShort !== undefined,
    },
    scenario,
    joined,
    reconciliation,
    verdict: verdictOf({
      calls: open.calls.length,
      summary: joined.books.k6.summary,
      reconciliation,
      cutShort,
      k6Failure: undefined,
    }),
    telemetry: { metricPoints: 2, exportFailures: 0, received: new Receipts().all },
  });
}
