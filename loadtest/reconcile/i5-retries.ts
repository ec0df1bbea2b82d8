import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** The mock's clock, and a date, are no finer; a timer fires no earlier than this. */
const grainMs = 2;

/**
 * I5: no retry before the server's Retry-After, none after `insufficient_quota`, a good answer or a request that was wrong,
 * and never more attempts than the policy allows. Asking another model after one that failed is no retry.
 */
export function retriesKeepTheRules({ byCall }: JoinedBooks, maxAttempts: number): Invariant {
  const findings = new Findings();
  let retries = 0;
  let told = 0;
  for (const entries of byCall.values()) {
    const { callId } = entries;
    const groups = byModel(entries.ledger);
    for (const requests of groups) {
      retries += requests.length - 1;
      const tooMany = Math.max(0, requests.length - maxAttempts);
      const example = `${callId}: ${requests.length} attempts, where ${maxAttempts} are allowed`;
      findings.add(example, tooMany, 'more attempts than allowed');
      for (const [index, request] of requests.slice(1).entries()) {
        const before = requests[index];
        if (!before) continue;
        if (before.retryAfterMs !== undefined) told++;
        const problem = problemOf(before, request, entries);
        if (problem) findings.add(`${callId}: attempt ${index + 2} ${problem.says}`, 1, problem.kind);
      }
    }
    // Of those that did not reach the provider only the telemetry knows; other models have attempts of their own.
    const made = entries.attempts.length;
    const most = maxAttempts * Math.max(1, modelsOf(entries));
    if (made > most && groups.every(({ length }) => length <= maxAttempts)) {
      const example = `${callId}: ${made} attempts in the telemetry, where ${most} are allowed`;
      findings.add(example, made - most, 'more attempts than allowed');
    }
  }
  return findings.invariant({
    id: 'I5',
    title: `No retry before Retry-After, none that cannot help, at most ${maxAttempts} attempts`,
    counts: [figure('retries in the ledger', retries), figure('after a Retry-After', told)],
    notes: [],
  });
}

function byModel(ledger: readonly LedgerEntry[]): LedgerEntry[][] {
  const groups = new Map<string | null, LedgerEntry[]>();
  for (const entry of ledger) {
    const group = groups.get(entry.model);
    if (group) group.push(entry);
    else groups.set(entry.model, [entry]);
  }
  return [...groups.values()];
}

/** Whom the call asked: what the caller asked for, and each that it went on to. */
function modelsOf({ attempts }: CallEntries): number {
  return new Set(attempts.map((span) => textOf(span, attr.fallbackModel))).size;
}

interface Problem {
  readonly kind: string;
  readonly says: string;
}

function problemOf(before: LedgerEntry, retry: LedgerEntry, entries: CallEntries): Problem | undefined {
  if (before.fault === '429 insufficient_quota')
    return {
      kind: 'retried without money',
      says: 'came after the provider had said that there is no money',
    };
  if (isUseless(before, entries))
    return {
      kind: 'retried what cannot be helped',
      says: `came after a whole answer with status ${before.status}`,
    };
  const { retryAfterMs, headersAtMs } = before;
  if (retryAfterMs === undefined || headersAtMs === undefined) return undefined;
  const waitedMs = retry.arrivedAtMs - headersAtMs;
  if (waitedMs >= retryAfterMs - grainMs) return undefined;
  const says = `came after ${waitedMs.toFixed(0)} ms, where the provider had asked for ${retryAfterMs.toFixed(0)} ms`;
  return ruleAfter(before, entries) === 'policy'
    ? { kind: 'ignored Retry-After', says: `${says}: it waited by its own rule` }
    : { kind: 'retried before Retry-After was over', says };
}

/** What a second request cannot make better; 400 and 401 have replays that are no retries, and 409 is a conflict. */
function isUseless({ status, end, requestId }: LedgerEntry, { attempts }: CallEntries): boolean {
  if (end !== 'complete' || status === null) return false;
  if (status >= 400) return ![400, 401, 408, 409, 429].includes(status) && status < 500;
  // One that crossed the end of the client's patience is asked for again, and rightly so.
  const span = attempts.find((one) => textOf(one, attr.requestId) === requestId);
  return status === 200 && span !== undefined && textOf(span, attr.errorType) === undefined;
}

/** By whose rule the call waited after a request: `server` or `policy`; undefined where the telemetry does not tell. */
function ruleAfter({ requestId }: LedgerEntry, { attempts, backoffs }: CallEntries): string | undefined {
  const attempt = attempts.find((span) => textOf(span, attr.requestId) === requestId);
  if (!attempt) return undefined;
  const next = backoffs
    .filter(({ startMs }) => startMs >= attempt.endMs - grainMs)
    .toSorted((a, b) => a.startMs - b.startMs)[0];
  return next && textOf(next, attr.waitRule);
}
