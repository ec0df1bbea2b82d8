import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { JoinedBooks } from '../books/join.ts';
import { metricSum, numberOf } from '../books/telemetry.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/**
 * I3: the attempts that reached the provider are its requests, one by one and status by status; the counter agrees.
 * An attempt without a status got no answer. It is matched with a request that was given none; what is left over
 * never reached the provider and is counted apart.
 */
export function attemptsAreRequests({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  let attempts = 0;
  let unreached = 0;
  let requests = 0;
  for (const { callId, attempts: spans, ledger } of byCall.values()) {
    attempts += spans.length;
    requests += ledger.length;
    const told = countBy(spans, statusOfSpan);
    const arrived = countBy(ledger, statusOfEntry);
    unreached += Math.max(0, (told.get('none') ?? 0) - (arrived.get('none') ?? 0));
    for (const status of new Set([...told.keys(), ...arrived.keys()])) {
      const difference = (told.get(status) ?? 0) - (arrived.get(status) ?? 0);
      if (difference === 0 || (status === 'none' && difference > 0)) continue;
      findings.add(
        `${callId}: ${told.get(status) ?? 0} attempts in telemetry with status ${status}, ${arrived.get(status) ?? 0} at the provider`,
        Math.abs(difference),
      );
    }
  }
  const counted = metricSum(books.telemetry.metrics, metric.attempts);
  findings.add(
    `the counter ${metric.attempts} says ${counted}, the spans ${attempts}`,
    Math.abs(counted - attempts),
  );
  return findings.invariant({
    id: 'I3',
    title: 'Attempts that reached the provider are the requests that it got',
    counts: [
      figure('attempts in spans that reached it', attempts - unreached),
      figure('requests in the ledger', requests),
      figure(`${metric.attempts} (all attempts)`, counted),
    ],
    notes: unreached > 0 ? [`${unreached} attempts never reached the provider`] : [],
  });
}

function statusOfSpan(span: SpanRecord): string {
  return String(numberOf(span, attr.status) ?? 'none');
}

function statusOfEntry(entry: LedgerEntry): string {
  return String(entry.status ?? 'none');
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
