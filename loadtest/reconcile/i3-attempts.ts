import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { JoinedBooks } from '../books/join.ts';
import { metricSum, numberOf, textOf } from '../books/telemetry.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/**
 * I3: the attempts that reached the provider are its requests, one by one and status by status; the counter agrees.
 * An attempt without a status got no answer. It is matched with a request that was given none, or, when the client
 * itself gave up on it, with an answer that crossed that; what is left over never reached the provider and is counted
 * apart.
 */
export function attemptsAreRequests({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const totals = { attempts: 0, requests: 0, crossed: 0, unreached: 0 };
  for (const { callId, attempts, ledger } of byCall.values()) {
    totals.attempts += attempts.length;
    totals.requests += ledger.length;
    const told = countBy(attempts, statusOfSpan);
    const arrived = countBy(ledger, statusOfEntry);
    let unanswered = Math.max(0, (told.get(none) ?? 0) - (arrived.get(none) ?? 0));
    let givenUp = Math.min(unanswered, attempts.filter(isGivenUp).length);
    for (const status of new Set([...told.keys(), ...arrived.keys()])) {
      const [inSpans, inLedger] = [told.get(status) ?? 0, arrived.get(status) ?? 0];
      const crossed = Math.min(Math.max(0, inLedger - inSpans), givenUp);
      givenUp -= crossed;
      unanswered -= crossed;
      totals.crossed += crossed;
      const difference = inSpans - inLedger + crossed;
      if (difference === 0 || (status === none && difference > 0)) continue;
      findings.add(
        `${callId}: ${inSpans} attempts in telemetry with status ${status}, ${inLedger} at the provider`,
        Math.abs(difference),
      );
    }
    totals.unreached += unanswered;
  }
  const counted = metricSum(books.telemetry.metrics, metric.attempts);
  findings.add(
    `the counter ${metric.attempts} says ${counted}, the spans ${totals.attempts}`,
    Math.abs(counted - totals.attempts),
  );
  return findings.invariant({
    id: 'I3',
    title: 'Attempts that reached the provider are the requests that it got',
    counts: [
      figure('attempts in spans that reached it', totals.attempts - totals.unreached),
      figure('requests in the ledger', totals.requests),
      figure(`${metric.attempts} (all attempts)`, counted),
    ],
    notes: [
      ...(totals.crossed > 0 ? [`${totals.crossed} × the client gave up while the answer came: a race`] : []),
      ...(totals.unreached > 0 ? [`${totals.unreached} attempts never reached the provider`] : []),
    ],
  });
}

const none = 'none';

/** The client did not wait for the answer. */
function isGivenUp(span: SpanRecord): boolean {
  const errorType = textOf(span, attr.errorType);
  return statusOfSpan(span) === none && (errorType === 'cancelled' || errorType === 'timeout');
}

function statusOfSpan(span: SpanRecord): string {
  return String(numberOf(span, attr.status) ?? none);
}

function statusOfEntry(entry: LedgerEntry): string {
  return String(entry.status ?? none);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
