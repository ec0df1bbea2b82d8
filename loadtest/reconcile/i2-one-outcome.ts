import type { JoinedBooks } from '../books/join.ts';
import { metricCounts, textOf } from '../books/telemetry.ts';
import type { MetricTotal } from '../otlp/metrics.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/**
 * I2: every call has exactly one outcome, and k6 saw the same one. A call of which the telemetry has no span at all
 * is not counted here: that span was lost or left open, which is I7's finding, as is a trace that nobody began.
 */
export function everyCallHasOneOutcome({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const { calls: records, summary, cutShort } = books.k6;
  let stated = 0;
  let underWay = 0;
  let crossed = 0;
  for (const { callId, k6, calls, ledger } of byCall.values()) {
    stated += calls.length;
    const [seen] = k6;
    const [told] = calls;
    if (!seen) {
      if (cutShort) underWay++;
      else if (ledger.length > 0) findings.add(`${callId}: k6 has no record of it`);
      continue;
    }
    if (k6.length > 1) findings.add(`${callId}: k6 recorded it ${k6.length} times`, k6.length - 1);
    if (calls.length > 1)
      findings.add(`${callId}: it ended ${calls.length} times`, calls.length - 1, 'ended more than once');
    // k6 may still write down an iteration that it breaks off.
    if (seen.outcome === 'lost' && cutShort) {
      underWay++;
    } else if (seen.outcome === 'lost') {
      findings.add(`${callId}: the gateway gave k6 no answer (HTTP ${seen.httpStatus})`);
    } else if (told && !isSame(told, seen.outcome)) {
      // It hung up while the answer was on its way; whether the provider gave that answer is I1's question.
      if (seen.leftAfterMs !== undefined) {
        crossed++;
        continue;
      }
      const outcome = textOf(told, attr.outcome);
      findings.add(`${callId}: the telemetry says \`${outcome}\`, the caller got \`${seen.outcome}\``);
    }
  }
  const missing = summary && !cutShort ? Math.abs(summary.iterations - records.length) : 0;
  findings.add(`k6 counted ${summary?.iterations} iterations and recorded ${records.length}`, missing);
  compareOutcomes(books.telemetry.metrics, byCall, findings);
  return findings.invariant({
    id: 'I2',
    title: 'Every call has exactly one outcome, and its caller saw the same',
    counts: [
      figure('k6 iterations', summary?.iterations ?? 'not summed up'),
      figure('k6 records', records.length),
      figure('outcomes in telemetry', stated),
    ],
    notes: [
      ...(underWay > 0 ? [`${underWay} calls were under way when the run was cut short`] : []),
      ...(crossed > 0 ? [`${crossed} × the caller hung up while its answer came: a race`] : []),
    ],
  });
}

/** A caller whose time is over cannot tell whether anything was sent for it; the telemetry can. */
function isSame(told: SpanRecord, seen: string): boolean {
  const outcome = textOf(told, attr.outcome);
  if (outcome === seen) return true;
  const isOver = textOf(told, attr.errorType) === 'deadline_exceeded';
  return isOver && outcome === 'refused' && seen === 'error';
}

/** How many ends the metric has of each outcome. That it has more or fewer than there are spans is I7's finding. */
function compareOutcomes(
  metrics: readonly MetricTotal[],
  byCall: JoinedBooks['byCall'],
  findings: Findings,
): void {
  const told = new Map<string, number>();
  let spans = 0;
  for (const { calls } of byCall.values()) {
    for (const span of calls) {
      const outcome = textOf(span, attr.outcome) ?? 'none';
      told.set(outcome, (told.get(outcome) ?? 0) + 1);
      spans++;
    }
  }
  const counted = metricCounts(metrics, metric.duration, attr.outcome);
  const ends = [...counted.values()].reduce((sum, count) => sum + count, 0);
  if (ends !== spans) return;
  for (const [outcome, count] of told) {
    const missing = count - (counted.get(outcome) ?? 0);
    findings.add(
      `the metrics have ${count - missing} ends as \`${outcome}\`, the spans ${count}`,
      Math.max(0, missing),
      'ends that the metrics call otherwise',
    );
  }
}
