import type { JoinedBooks } from '../books/join.ts';
import { metricCount, metricSum } from '../books/telemetry.ts';
import { metric } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { type Bill, billOfLedger, billOfMetrics, differenceOf, nothing, sayBill, sum } from './bill.ts';
import { Findings, figure } from './finding.ts';

/**
 * I10: with the collector gone for a while in a run in which nothing else goes wrong, no call fails; and what the counters
 * say at the end is what the provider and the callers have counted, because a counter is a sum from the start and nothing of
 * it is lost with an export that did not arrive.
 */
export function callersNoticeNothing({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const { calls } = books.k6;
  for (const { callId, outcome, phase } of calls) {
    if (outcome !== 'ok') findings.add(`${callId}: its caller got \`${outcome}\` in the phase \`${phase}\``);
  }
  const { metrics } = books.telemetry;
  const ended = metricCount(metrics, metric.duration);
  findings.add(
    `the metrics counted ${ended} ends of a call, k6 ${calls.length}`,
    Math.abs(ended - calls.length),
  );
  const attempts = metricSum(metrics, metric.attempts);
  const requests = books.mock?.length ?? 0;
  findings.add(
    `the counter ${metric.attempts} says ${attempts}, the ledger ${requests}`,
    Math.abs(attempts - requests),
  );
  const billed = [...byCall.values()].reduce<Bill>(
    (total, { ledger }) => sum(total, billOfLedger(ledger)?.bill ?? nothing),
    nothing,
  );
  const counted = billOfMetrics(metrics);
  const difference = differenceOf(counted, billed);
  if (difference !== undefined) findings.add(`the counters against the ledger: ${difference}`);
  return findings.invariant({
    id: 'I10',
    title: 'With the collector gone callers notice nothing, and the counters are whole once it is back',
    counts: [
      figure('calls in k6’s book', calls.length),
      figure('of them that failed', calls.filter(({ outcome }) => outcome !== 'ok').length),
      figure('ledger', `${requests.toLocaleString('en-US')} requests, ${sayBill(billed)}`),
      figure('metrics', `${attempts.toLocaleString('en-US')} attempts, ${sayBill(counted)}`),
    ],
    notes: [
      'spans of that time may be lost, so I3, I6 and I7, which count them one by one, are not judged in this run',
    ],
  });
}
