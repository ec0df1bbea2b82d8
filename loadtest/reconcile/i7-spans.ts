import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { metricCount, textOf } from '../books/telemetry.ts';
import { parentSpanIdOf } from '../k6/call-id.ts';
import { attr, metric, scopeName } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/**
 * I7: the wrapper's spans are its calls, attempts and waits and nothing else; none is left open; each hangs under
 * k6's trace. How many attempts a call must have is I3's question, not this one's.
 */
export function spansAreComplete({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const totals = { spans: 0, calls: 0, attempts: 0, backoffs: 0, throttles: 0, refused: 0, missing: 0 };
  for (const entries of byCall.values()) {
    const own = entries.others.filter(({ scope }) => scope === scopeName).length;
    totals.calls += entries.calls.length;
    totals.attempts += entries.attempts.length;
    totals.backoffs += entries.backoffs.length;
    totals.throttles += entries.throttles.length;
    totals.refused += entries.throttles.filter((span) => textOf(span, attr.errorType) !== undefined).length;
    totals.spans += sumOf(entries) + own;
    if (hasReachedGateway(entries) && entries.calls.length === 0) totals.missing++;
    for (const problem of problemsOf(entries, books.k6.cutShort))
      findings.add(`${entries.callId}: ${problem}`);
  }
  const { metrics, openCalls = 0 } = books.telemetry;
  checkHistogram('call', metricCount(metrics, metric.duration), totals.calls, findings);
  checkHistogram('backoff', metricCount(metrics, metric.backoff), totals.backoffs, findings);
  // Each attempt was let go by a limiter, at once or after a wait, and each refusal stood for one that was not made.
  const admissions = metricCount(metrics, metric.throttle);
  if (admissions > 0 || totals.throttles > 0)
    checkHistogram('wait for a limit', admissions, totals.attempts + totals.refused, findings);
  findings.add(`the gateway still had ${openCalls} open calls after it had drained`, openCalls);
  return findings.invariant({
    id: 'I7',
    title: 'Spans are calls + attempts + waits, none open, each under k6’s trace',
    counts: [
      figure('spans of the wrapper', totals.spans),
      figure(
        'calls + attempts + waits',
        sayCounts([totals.calls, totals.attempts, totals.backoffs + totals.throttles]),
      ),
      figure('calls without a span', totals.missing),
      figure('open calls after the drain', openCalls),
    ],
    notes: [],
  });
}

function problemsOf(entries: CallEntries, cutShort: boolean): string[] {
  const { callId, k6, gateway, calls, attempts, backoffs, throttles, others, ledger } = entries;
  const own = others.filter(({ scope }) => scope === scopeName);
  const problems = own.map(({ name }) => `the span \`${name}\` is no call, attempt or wait`);
  if (k6.length === 0) {
    // A call that the provider knows was made: that k6 has no record of it is I2's finding.
    if (cutShort || ledger.length > 0) return problems;
    const strangers = sumOf(entries);
    return strangers === 0 ? problems : [...problems, `${strangers} spans in a trace that k6 did not begin`];
  }
  if (!hasReachedGateway(entries)) return problems;
  const [call] = calls;
  if (!call) return [...problems, 'its call span never ended or was lost'];
  if (attempts.length === 0 && textOf(call, attr.outcome) !== 'refused')
    problems.push('its call span has no attempt');
  const orphans = [...attempts, ...backoffs, ...throttles].filter(
    ({ parentSpanId }) => parentSpanId !== call.spanId,
  );
  for (const { name } of orphans) problems.push(`the span \`${name}\` does not hang under the call's span`);
  const [server] = gateway;
  if (!server) problems.push('the gateway’s own span is missing');
  else if (call.parentSpanId !== server.spanId)
    problems.push('its call span does not hang under the gateway’s');
  else if (server.parentSpanId !== parentSpanIdOf(callId))
    problems.push('the trace does not hang under k6’s span');
  return problems;
}

/**
 * A call whose connection broke on its way to the gateway has left no trace anywhere else: k6 lost it, says I2. For a caller
 * who hung up before the gateway had read what it asked, no call was made at all, and the gateway's span says so.
 */
function hasReachedGateway({ k6, gateway, ledger }: CallEntries): boolean {
  if (ledger.length > 0) return true;
  if (k6.some(({ leftAfterMs }) => leftAfterMs !== undefined))
    return gateway.some(({ attributes }) => attributes[madeCall] !== false);
  return gateway.length > 0 || k6.some(({ outcome }) => outcome !== 'lost');
}

/** Of the gateway's own span. */
const madeCall = 'gateway.made_call';

function sumOf({ calls, attempts, backoffs, throttles }: CallEntries): number {
  return calls.length + attempts.length + backoffs.length + throttles.length;
}

function sayCounts(counts: readonly number[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return `${counts.map((count) => count.toLocaleString('en-US')).join(' + ')} = ${total.toLocaleString('en-US')}`;
}

function checkHistogram(what: string, counted: number, spans: number, findings: Findings): void {
  findings.add(
    `the metrics counted ${counted} ends of a ${what}, the spans ${spans}`,
    Math.abs(counted - spans),
  );
}
