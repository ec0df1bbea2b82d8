import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import { markdownSummary } from '../../../loadtest/report/markdown/summary.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { terminalReport } from '../../../loadtest/report/terminal/report.ts';
import { verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import type { OpenBooks } from '../reconcile/example-books.ts';
import { exampleReport } from './example-report.ts';

/** What no honest book holds, in the places of its figures. */
const oddTimes = fc.constantFrom(Number.NaN, -1e12, 1e12, Number.POSITIVE_INFINITY, 0);
/** A span without a time is refused where it is received. */
const oddSpanTimes = fc.constantFrom(-1e12, 1e12, 0);

type Spoiling = (books: OpenBooks) => void;

/** For each entry of a book one number, by which a spoiling picks. */
const picks = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 8 });
const chosen = (marks: readonly number[], index: number): number => marks[index % marks.length] ?? 0;

const spoilings: fc.Arbitrary<Spoiling> = fc.oneof(
  fc.tuple(picks, oddTimes).map(
    ([marks, odd]): Spoiling =>
      (books) => {
        books.calls = books.calls.map((call, index) =>
          chosen(marks, index) === 0 ? { ...call, startedMs: odd, durationMs: odd, streamed: true } : call,
        );
      },
  ),
  fc.tuple(picks, oddSpanTimes).map(
    ([marks, odd]): Spoiling =>
      (books) => {
        books.spans = books.spans.map((span, index) =>
          chosen(marks, index) === 0
            ? { ...span, startMs: odd }
            : chosen(marks, index) === 1
              ? { ...span, endMs: odd }
              : span,
        );
      },
  ),
  picks.map(
    (marks): Spoiling =>
      (books) => {
        books.spans = books.spans.flatMap((span, index) =>
          Array.from({ length: chosen(marks, index) }, () => span),
        );
      },
  ),
  picks.map(
    (marks): Spoiling =>
      (books) => {
        books.spans = books.spans.map(({ parentSpanId, ...span }, index) =>
          chosen(marks, index) === 0 || parentSpanId === undefined ? span : { ...span, parentSpanId },
        );
      },
  ),
  picks.map(
    (marks): Spoiling =>
      (books) => {
        books.ledger = books.ledger?.filter((_, index) => chosen(marks, index) > 1);
      },
  ),
  picks.map(
    (marks): Spoiling =>
      (books) => {
        books.calls = books.calls.filter((_, index) => chosen(marks, index) > 1);
      },
  ),
  fc.constant<Spoiling>((books) => {
    books.calls = [];
    books.iterations = 0;
  }),
  fc.constant<Spoiling>((books) => {
    books.ledger = undefined;
  }),
  fc.constant<Spoiling>((books) => {
    books.metrics = [];
    books.openCalls = undefined;
  }),
);

function viewsOf(report: RunReport): string[] {
  return [renderReport(report), terminalReport(report, []), markdownSummary(report)];
}

describe('books with whatever is wrong in them', () => {
  it('make a report that says no figure which is none', () => {
    fc.assert(
      fc.property(fc.array(spoilings, { maxLength: 4 }), (list) => {
        const report = exampleReport((books) => {
          for (const spoil of list) spoil(books);
        });
        for (const view of viewsOf(report)) expect(view).not.toMatch(/\b(?:NaN|undefined|Infinity)\b|∞/);
        JSON.parse(JSON.stringify([report, verdictFileOf(report)]));
        expect(report.timeline.length).toBeLessThan(200);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
