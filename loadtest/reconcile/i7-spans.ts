import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { metricCount, numberOf, textOf } from '../books/telemetry.ts';
import { parentSpanIdOf } from '../k6/call-id.ts';
import { attr, metric, scopeName } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

const withoutSpan = 'calls without a span';
const elsewhere = 'spans out of place';
const miscounted = 'ends that spans and metrics count differently';

/**
 * I7: the wrapper's spans are its calls, attempts and waits and nothing else; none is left open; each hangs under
 * k6's trace, within its call's time. How many attempts a call must have is I3's question, and how many spans of its own
 * I2's, not this one's.
 */
export function spansAreComplete({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const totals = { spans: 0, calls: 0, attempts: 0, backoffs: 0, throttles: 0, admitted: 0, missing: 0 };
  for (const entries of byCall.values()) {
    const own = entries.others.filter(({ scope }) => scope === scopeName).length;
    totals.calls += entries.calls.length;
    totals.attempts += entries.attempts.length;
    totals.backoffs += entries.backoffs.length;
    totals.throttles += entries.throttles.length;
    totals.admitted += answersOfLimiter(entries);
    totals.spans += sumOf(entries) + own;
    if (hasReachedGateway(entries) && entries.calls.length === 0) totals.missing++;
    for (const { kind, says } of problemsOf(entries, books.k6.cutShort))
      findings.add(`${entries.callId}: ${says}`, 1, kind);
  }
  const { metrics } = books.telemetry;
  checkHistogram('call', metricCount(metrics, metric.duration), totals.calls, findings);
  checkHistogram('backoff', metricCount(metrics, metric.backoff), totals.backoffs, findings);
  const admissions = metricCount(metrics, metric.throttle);
  if (admissions > 0 || totals.throttles > 0)
    checkHistogram('wait for a limit', admissions, totals.admitted, findings);
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
    ],
    notes: [],
  });
}

/**
 * Each attempt was let go by a limiter, at once or after a wait, and each refusal stood for one that was not made. By the
 * call's own count of its attempts: that a span is missing is I3's finding.
 */
function answersOfLimiter({ calls, attempts, throttles }: CallEntries): number {
  const made = calls[0] && numberOf(calls[0], attr.attempts);
  const refused = throttles.filter((span) => textOf(span, attr.errorType) !== undefined);
  return (made ?? attempts.length) + refused.length;
}

interface Problem {
  readonly kind: string;
  readonly says: string;
}

function problemsOf(entries: CallEntries, cutShort: boolean): Problem[] {
  const { k6, calls, attempts, others, ledger } = entries;
  const problems: Problem[] = others
    .filter(({ scope }) => scope === scopeName)
    .map(({ name }) => ({ kind: elsewhere, says: `the span \`${name}\` is no call, attempt or wait` }));
  if (k6.length === 0) {
    // A call that the provider knows was made: that k6 has no record of it is I2's finding.
    if (cutShort || ledger.length > 0) return problems;
    const strangers = sumOf(entries);
    if (strangers > 0)
      problems.push({ kind: elsewhere, says: `${strangers} spans in a trace that k6 did not begin` });
    return problems;
  }
  if (!hasReachedGateway(entries)) return problems;
  const [call] = calls;
  if (!call) return [...problems, { kind: withoutSpan, says: 'its call span never ended or was lost' }];
  if (attempts.length === 0 && textOf(call, attr.outcome) !== 'refused')
    problems.push({ kind: 'calls without an attempt', says: 'its call span has no attempt' });
  return [
    ...problems,
    ...placeProblems(call, entries).map((says) => ({ kind: elsewhere, says })),
    ...timeProblems(call, entries).map((says) => ({ kind: 'spans out of time', says })),
    ...waitProblems(call, entries).map((says) => ({ kind: 'waits lost or made up', says })),
  ];
}

function placeProblems(call: SpanRecord, { callId, calls, gateway, ...entries }: CallEntries): string[] {
  // That a call has two spans is I2's finding.
  const parents = new Set<string | undefined>(calls.map(({ spanId }) => spanId));
  const problems = partsOf(entries)
    .filter(({ parentSpanId }) => !parents.has(parentSpanId))
    .map(({ name }) => `the span \`${name}\` does not hang under the call's span`);
  const [server] = gateway;
  if (!server) problems.push('the gateway’s own span is missing');
  else if (call.parentSpanId !== server.spanId)
    problems.push('its call span does not hang under the gateway’s');
  else if (server.parentSpanId !== parentSpanIdOf(callId))
    problems.push('the trace does not hang under k6’s span');
  return problems;
}

/** The SDK reads the calendar anew for each span, in whole milliseconds, and may be interrupted between two clocks. */
const clocksMs = 50;
/** Within one span there is one clock; what is exported is read as a double. */
const grainMs = 0.01;

function timeProblems(call: SpanRecord, entries: CallEntries): string[] {
  const problems = partsOf(entries)
    .filter(
      ({ startMs, endMs }) =>
        endMs < startMs || startMs < call.startMs - clocksMs || endMs > call.endMs + clocksMs,
    )
    .map(({ name }) => `the span \`${name}\` is not within its call's time`);
  if (call.endMs < call.startMs) problems.push('its call span ends before it starts');
  return problems;
}

/** The call adds its waits up by itself; their spans must come to the same. */
function waitProblems(call: SpanRecord, { backoffs, throttles }: CallEntries): string[] {
  const problems: string[] = [];
  const pairs = [
    ['between attempts', attr.backoffMs, backoffs],
    ['for limits', attr.throttleMs, throttles],
  ] as const;
  for (const [what, name, spans] of pairs) {
    const said = numberOf(call, name) ?? 0;
    const shown = spans.reduce((total, { startMs, endMs }) => total + endMs - startMs, 0);
    if (Math.abs(said - shown) <= grainMs * (spans.length + 1)) continue;
    problems.push(`it waited ${said.toFixed(1)} ms ${what}, its spans show ${shown.toFixed(1)} ms`);
  }
  return problems;
}

function partsOf({
  attempts,
  backoffs,
  throttles,
}: Pick<CallEntries, 'attempts' | 'backoffs' | 'throttles'>): SpanRecord[] {
  return [...attempts, ...backoffs, ...throttles];
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
    miscounted,
  );
}
