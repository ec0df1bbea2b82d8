import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { metricSum, metricSums, numberOf, textOf } from '../books/telemetry.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** Several ways of one kind. */
const miscounted = 'attempts lost or made up';
const mixedUp = 'attempts with another’s answer';

interface Totals {
  attempts: number;
  requests: number;
  crossed: number;
  unreached: number;
  /** Attempts after a call's first. */
  retries: number;
}

/**
 * I3: the attempts that reached the provider are its requests, one by one, status by status and answer by answer; the
 * counters and the calls' own counts agree.
 */
export function attemptsAreRequests({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const totals: Totals = { attempts: 0, requests: 0, crossed: 0, unreached: 0, retries: 0 };
  const byStatus = new Map<string, number>();
  for (const entries of byCall.values()) {
    const { callId, calls, attempts } = entries;
    totals.attempts += attempts.length;
    totals.requests += entries.ledger.length;
    totals.retries += Math.max(0, attempts.length - 1);
    for (const span of attempts) {
      const status = statusOfSpan(span);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    }
    const said = calls[0] && numberOf(calls[0], attr.attempts);
    if (said !== undefined && said !== attempts.length)
      findings.add(`${callId}: its call counts ${said} attempts, and has ${attempts.length}`, 1, miscounted);
    matchStatuses(entries, totals, findings);
    for (const problem of mixUps(entries)) findings.add(`${callId}: ${problem}`, 1, mixedUp);
  }
  const { metrics } = books.telemetry;
  const counted = metricSums(metrics, metric.attempts, attr.status);
  for (const status of new Set([...byStatus.keys(), ...counted.keys()])) {
    const [inSpans, inCounter] = [byStatus.get(status) ?? 0, counted.get(status) ?? 0];
    findings.add(
      `the counter ${metric.attempts} says ${inCounter} with status ${status}, the spans ${inSpans}`,
      Math.abs(inCounter - inSpans),
      miscounted,
    );
  }
  const retries = metricSum(metrics, metric.retries);
  findings.add(
    `the counter ${metric.retries} says ${retries}, the spans ${totals.retries}`,
    Math.abs(retries - totals.retries),
    miscounted,
  );
  return findings.invariant({
    id: 'I3',
    title: 'Attempts that reached the provider are the requests that it got',
    counts: [
      figure('attempts in spans that reached it', totals.attempts - totals.unreached),
      figure('requests in the ledger', totals.requests),
      figure(`${metric.attempts} (all attempts)`, metricSum(metrics, metric.attempts)),
    ],
    notes: [
      ...(totals.crossed > 0 ? [`${totals.crossed} × the client gave up while the answer came: a race`] : []),
      ...(totals.unreached > 0 ? [`${totals.unreached} attempts never reached the provider`] : []),
    ],
  });
}

/**
 * An attempt without a status got no answer. It is matched with a request that was given none, or, when the client
 * itself gave up on it, with an answer that crossed that; what is left over never reached the provider and is counted
 * apart.
 */
function matchStatuses({ callId, attempts, ledger }: CallEntries, totals: Totals, findings: Findings): void {
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
      miscounted,
    );
  }
  totals.unreached += unanswered;
  // Whoever did not reach the provider knows why: else nobody tried.
  const idle = attempts.filter((span) => statusOfSpan(span) === none && !textOf(span, attr.errorType));
  findings.add(`${callId}: an attempt has neither an answer nor an error`, idle.length, miscounted);
}

/** An attempt that names an answer has its status and asked for its model, and no other attempt has it. */
function mixUps({ calls, attempts, ledger }: CallEntries): string[] {
  const left = new Map(ledger.map((entry) => [entry.requestId, entry]));
  return attempts.flatMap((span) => {
    const requestId = textOf(span, attr.requestId);
    if (requestId === undefined) return [];
    const entry = left.get(requestId);
    left.delete(requestId);
    if (!entry) return [`an attempt has the answer ${requestId}, which is not its own`];
    const status = statusOfSpan(span);
    if (status !== statusOfEntry(entry))
      return [`the attempt of ${requestId} has the status ${status}, the provider sent ${entry.status}`];
    const model = textOf(span, attr.fallbackModel) ?? (calls[0] && textOf(calls[0], attr.requestModel));
    if (model === undefined || entry.model === null || model === entry.model) return [];
    return [`the attempt of ${requestId} was for ${model}, the provider was asked for ${entry.model}`];
  });
}

const none = 'none';

const gaveUp: ReadonlySet<string> = new Set(['cancelled', 'timeout', 'deadline_exceeded']);

/** The client did not wait for the answer. */
function isGivenUp(span: SpanRecord): boolean {
  const errorType = textOf(span, attr.errorType);
  return statusOfSpan(span) === none && errorType !== undefined && gaveUp.has(errorType);
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
