import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { metricCount } from '../books/telemetry.ts';
import { parentSpanIdOf } from '../k6/call-id.ts';
import { metric, scopeName } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/**
 * I7: the wrapper's spans are its calls, attempts and waits and nothing else; none is left open; each hangs under
 * k6's trace. How many attempts a call must have is I3's question, not this one's.
 */
export function spansAreComplete({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const totals = { spans: 0, calls: 0, attempts: 0, backoffs: 0, missing: 0 };
  for (const entries of byCall.values()) {
    const own = entries.others.filter(({ scope }) => scope === scopeName).length;
    totals.calls += entries.calls.length;
    totals.attempts += entries.attempts.length;
    totals.backoffs += entries.backoffs.length;
    totals.spans += entries.calls.length + entries.attempts.length + entries.backoffs.length + own;
    if (hasReachedGateway(entries) && entries.calls.length === 0) totals.missing++;
    for (const problem of problemsOf(entries, books.k6.cutShort))
      findings.add(`${entries.callId}: ${problem}`);
  }
  const { metrics, openCalls = 0 } = books.telemetry;
  checkHistogram('call', metricCount(metrics, metric.duration), totals.calls, findings);
  checkHistogram('backoff', metricCount(metrics, metric.backoff), totals.backoffs, findings);
  findings.add(`the gateway still had ${openCalls} open calls after it had drained`, openCalls);
  return findings.invariant({
    id: 'I7',
    title: 'Spans are calls + attempts + waits, none open, each under k6’s trace',
    counts: [
      figure('spans of the wrapper', totals.spans),
      figure(
        'calls + attempts + waits',
        `${[totals.calls, totals.attempts, totals.backoffs].map((count) => count.toLocaleString('en-US')).join(' + ')} = ${(totals.calls + totals.attempts + totals.backoffs).toLocaleString('en-US')}`,
      ),
      figure('calls without a span', totals.missing),
      figure('open calls after the drain', openCalls),
    ],
    notes: [],
  });
}

function problemsOf(entries: CallEntries, cutShort: boolean): string[] {
  const { callId, k6, gateway, calls, attempts, backoffs, others, ledger } = entries;
  const own = others.filter(({ scope }) => scope === scopeName);
  const problems = own.map(({ name }) => `the span \`${name}\` is no call, attempt or wait`);
  if (k6.length === 0) {
    // A call that the provider knows was made: that k6 has no record of it is I2's finding.
    if (cutShort || ledger.length > 0) return problems;
    const strangers = calls.length + attempts.length + backoffs.length;
    return strangers === 0 ? problems : [...problems, `${strangers} spans in a trace that k6 did not begin`];
  }
  if (!hasReachedGateway(entries)) return problems;
  const [call] = calls;
  if (!call) return [...problems, 'its call span never ended or was lost'];
  if (attempts.length === 0) problems.push('its call span has no attempt');
  const orphans = [...attempts, ...backoffs].filter(({ parentSpanId }) => parentSpanId !== call.spanId);
  for (const { name } of orphans) problems.push(`the span \`${name}\` does not hang under the call's span`);
  const [server] = gateway;
  if (!server) problems.push('the gateway’s own span is missing');
  else if (call.parentSpanId !== server.spanId)
    problems.push('its call span does not hang under the gateway’s');
  else if (server.parentSpanId !== parentSpanIdOf(callId))
    problems.push('the trace does not hang under k6’s span');
  return problems;
}

/** A call whose connection broke on its way to the gateway has left no trace anywhere else: k6 lost it, says I2. */
function hasReachedGateway({ k6, gateway, ledger }: CallEntries): boolean {
  return gateway.length + ledger.length > 0 || k6.some(({ outcome }) => outcome !== 'lost');
}

function checkHistogram(what: string, counted: number, spans: number, findings: Findings): void {
  findings.add(
    `the metrics counted ${counted} ends of a ${what}, the spans ${spans}`,
    Math.abs(counted - spans),
  );
}
