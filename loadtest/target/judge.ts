import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { Books } from '../books/join.ts';
import { Findings, figure } from '../reconcile/finding.ts';
import { attemptsAreRequests } from '../reconcile/i3-attempts.ts';
import { tokensAndCostAgree } from '../reconcile/i6-tokens-and-cost.ts';
import { brokenStreamsAreNamed } from '../reconcile/i8-truncated.ts';
import type { Reconciliation, Unjudged } from '../reconcile/index.ts';
import type { Invariant, RunReport } from '../report/model.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from '../scenarios/condition.ts';
import { isObserved, joinByCall, tracedRequests } from './books.ts';
import type { TargetOptions } from './options.ts';

/** What can be said of a service of somebody else's, from whatever books it keeps. */
export function reconcileTarget(books: Books): Reconciliation {
  const invariants: Invariant[] = [everyRequestIsAnswered(books)];
  const unjudged: Unjudged[] = [];
  if (!books.mock) {
    unjudged.push({ ids: ['I3', 'I5', 'I6', 'I8', 'I9'], because: 'the mock provider’s ledger is missing' });
    return { invariants, unjudged };
  }
  invariants.push(retriesWaitAsTold(books.mock), noRequestIsLeft(books));
  if (isObserved(books)) {
    const byCall = joinByCall(books);
    invariants.push(attemptsAreRequests(byCall), tokensAndCostAgree(byCall), brokenStreamsAreNamed(byCall));
  }
  return { invariants, unjudged };
}

/** What is told beside the verdict. */
export function notesOn(books: Books, refusedTelemetry: number): string[] {
  const requests = books.mock?.length ?? 0;
  const traced = tracedRequests(books);
  return [
    ...(requests > 0 && traced === 0
      ? [
          'The service does not pass on `traceparent` or `x-call-id`, so nobody can tell which of its requests to the provider belongs to which of k6’s: retries and attempts are shown in all only.',
        ]
      : []),
    ...(isObserved(books)
      ? []
      : [
          refusedTelemetry > 0
            ? 'Telemetry came in a form that is not read here, so I3, I6 and I8 are not judged: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the service.'
            : 'No telemetry of Telltale came, so I3, I6 and I8 are not judged: observe the client, and set OTEL_EXPORTER_OTLP_ENDPOINT in the service as shown above.',
        ]),
  ];
}

/** I2, as far as the caller sees it: a request got one answer. */
function everyRequestIsAnswered({ k6 }: Books): Invariant {
  const findings = new Findings();
  for (const { callId, outcome, errorClass } of k6.calls) {
    if (outcome === 'lost')
      findings.add(`${callId}: no answer${errorClass === undefined ? '' : ` (${errorClass})`}`);
  }
  const iterations = k6.summary?.iterations ?? k6.calls.length;
  findings.add(
    `k6 made ${iterations} iterations and wrote down ${k6.calls.length}`,
    Math.abs(iterations - k6.calls.length),
  );
  return findings.invariant({
    id: 'I2',
    title: 'Every request to the service got exactly one answer',
    counts: [figure('k6 iterations', iterations), figure('k6 records', k6.calls.length)],
    notes: [],
  });
}

/** The mock's clock, and a date, are no finer; a timer fires no earlier than this. */
const grainMs = 2;

/**
 * I5, as far as the provider sees it: a request that says it is a retry comes after the wait that the one before was told,
 * and none comes after `insufficient_quota`. Requests belong together by their trace, path, model and idempotency key. Where
 * several calls of one trace are alike, a retry is taken for one of whichever it may be: nobody is accused on a guess.
 */
function retriesWaitAsTold(ledger: readonly LedgerEntry[]): Invariant {
  const findings = new Findings();
  const open = new Map<string, LedgerEntry[]>();
  let retries = 0;
  let told = 0;
  for (const entry of ledger) {
    const key = `${entry.traceparent?.split('-')[1] ?? entry.callId} ${entry.path} ${entry.model} ${entry.idempotencyKey}`;
    const alike = open.get(key) ?? [];
    open.set(key, alike);
    const count = entry.retryCount ?? 0;
    const candidates = alike.filter((before) => count > 0 && (before.retryCount ?? 0) === count - 1);
    const before = candidates.find((candidate) => problemOf(candidate, entry) === undefined) ?? candidates[0];
    alike.push(entry);
    if (!before) continue;
    alike.splice(alike.indexOf(before), 1);
    retries++;
    if (before.retryAfterMs !== undefined) told++;
    const problem = problemOf(before, entry);
    if (problem !== undefined) findings.add(`${entry.requestId}: ${problem}`);
  }
  return findings.invariant({
    id: 'I5',
    title: 'No retry before Retry-After, and none without money',
    counts: [figure('retries in the ledger', retries), figure('after a Retry-After', told)],
    notes: [],
  });
}

function problemOf(before: LedgerEntry, retry: LedgerEntry): string | undefined {
  if (before.fault === '429 insufficient_quota')
    return 'came after the provider had said that there is no money';
  if (before.headersAtMs === undefined || before.retryAfterMs === undefined) return undefined;
  const waitedMs = retry.arrivedAtMs - before.headersAtMs;
  if (waitedMs >= before.retryAfterMs - grainMs) return undefined;
  return `came after ${waitedMs.toFixed(0)} ms, where the provider had asked for ${before.retryAfterMs.toFixed(0)} ms`;
}

/** I9, as far as the provider sees it: nobody is still asking once the load has ended. */
function noRequestIsLeft({ left }: Books): Invariant {
  const findings = new Findings();
  const running = left.provider?.running ?? 0;
  findings.add(`${running} requests of the service were still under way`, running);
  return findings.invariant({
    id: 'I9',
    title: 'After the load no request to the provider is under way',
    counts: [figure('requests under way, by the provider', running)],
    notes: [],
  });
}

/** What the user asked to be judged, and whether anything was tried at all. */
export function conditionsOn(books: Books, { minSuccess, maxP95Ms }: TargetOptions): RunReport['thresholds'] {
  const { calls } = books.k6;
  const ok = calls.filter(({ outcome }) => outcome === 'ok');
  const conditions: RunReport['thresholds'][number][] = [];
  if (books.mock) {
    const requests = books.mock.length;
    conditions.push(
      condition('requests that reached the mock provider', '> 0', String(requests), requests > 0),
    );
  }
  if (minSuccess !== undefined) {
    const success = ok.length / Math.max(1, calls.length);
    conditions.push(condition('successes', `>= ${minSuccess}`, success.toFixed(4), success >= minSuccess));
  }
  if (maxP95Ms !== undefined) {
    const p95Ms = percentile(
      ok.map(({ durationMs }) => durationMs),
      0.95,
    );
    conditions.push(
      // Where nothing succeeded, nothing was fast.
      condition(
        'duration of successes, p95',
        `<= ${maxP95Ms} ms`,
        ok.length === 0 ? 'no success' : `${p95Ms.toFixed(0)} ms`,
        ok.length > 0 && p95Ms <= maxP95Ms,
      ),
    );
  }
  return conditions;
}
