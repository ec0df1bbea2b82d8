import type { LimitOptions } from '../../src/mock/limits/limit.ts';
import type { JoinedBooks } from '../books/join.ts';
import { numberOf, textOf } from '../books/telemetry.ts';
import type { K6Call } from '../k6/record.ts';
import { attr } from '../otlp/names.ts';
import { quotaIsKept, verdictOnQuota } from '../reconcile/i4-quota.ts';
import type { RunReport } from '../report/model.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import { rowsOf } from './rows.ts';
import type { Judgement, Load, Scenario, Sides } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** Twice as much is offered as the quota lets through. */
const overload = 2;
/** A limit's time is a sixth of the run, so that its bucket, full at the start, is a seventh of what it admits. */
const windowsInRun = 6;
/** More than a call of the mix is charged on average, so that requests are what is short. */
const tokensPerRequest = 1_500;

function provider({ callsPerSecond, durationMs }: Load): LimitOptions {
  const perMs = Math.round(durationMs / windowsInRun);
  const requests = Math.max(1, Math.floor((callsPerSecond / overload) * (perMs / 1_000)));
  return {
    limits: [
      { requests, perMs },
      { tokens: requests * tokensPerRequest, perMs },
    ],
    law: 'bucket',
  };
}

export const quota: Scenario = {
  says: 'twice the quota from two gateways that share it through Redis, in front of a provider that enforces it',
  phases: await shippedPhases('quota'),
  jsonPerSecond: 50,
  gateways: 2,
  isShared: true,
  isPrioritised: true,
  mayRefuse: true,
  provider,
  options: (load) => ({
    limits: provider(load).limits ?? [],
    mode: 'mirror',
    // As many as the quota lets through in about two seconds: whoever would wait longer is told so at once.
    queue: { maxWaiting: Math.ceil(load.callsPerSecond / 2), whenFull: 'lowest' },
  }),
  judge,
  compare,
};

/** Longer than a turn of the weights takes, and far below what the others wait. */
const longestHighWaitMs = 500;
/** While all wait, the weights leave `low` 1 in 21; `high` does not use up its share. */
const leastLowShare = 0.1;
const leastUtilisation = 0.95;

function judge(books: JoinedBooks, load: Load): Judgement {
  const ledger = books.books.mock ?? [];
  const calls = books.books.k6.calls;
  const refused = calls.filter(({ outcome }) => outcome === 'refused');
  const told = refused.filter(({ httpStatus, retryAfterS }) => httpStatus === 429 && (retryAfterS ?? 0) >= 1);
  const served = calls.filter(({ outcome }) => outcome === 'ok');
  const low = served.filter(({ priority }) => priority === 'low').length / Math.max(1, served.length);
  const failed = calls.length - served.length - refused.length;
  const used = utilisation(books, load);
  const highWaitMs = waitP95(books, 'high');
  return {
    invariants: [quotaIsKept(ledger, provider(load))],
    conditions: [
      condition('quota used', `>= ${leastUtilisation}`, used.toFixed(3), used >= leastUtilisation),
      condition(
        'wait of high priority, p95',
        `<= ${longestHighWaitMs} ms`,
        `${highWaitMs.toFixed(0)} ms`,
        highWaitMs <= longestHighWaitMs,
      ),
      condition('low priority among the served', `>= ${leastLowShare}`, low.toFixed(3), low >= leastLowShare),
      condition(
        'refused with 429 and Retry-After',
        'all',
        `${told.length} of ${refused.length}`,
        told.length === refused.length,
      ),
      condition('neither served nor refused', '0', String(failed), failed === 0),
    ],
  };
}

function compare(sides: Sides, load: Load): RunReport['comparison'] {
  const { callsPerSecond, durationMs } = load;
  return {
    says: `${callsPerSecond} calls a second for ${durationMs / 1_000} s over two processes, twice the quota; every tenth call is urgent.`,
    rows: rowsOf<JoinedBooks>(sides, [
      ['calls that succeeded', (books) => servedPart(books)],
      ['of high priority', (books) => servedPart(books, 'high')],
      ['of medium priority', (books) => servedPart(books, 'medium')],
      ['of low priority', (books) => servedPart(books, 'low')],
      ['p95 of those served, high', (books) => durationP95(books, 'high')],
      ['p95 of those served, medium', (books) => durationP95(books, 'medium')],
      ['p95 of those served, low', (books) => durationP95(books, 'low')],
      ['429s from the provider', (books) => String(avoidable429s(books, load))],
      ['requests at the provider for each success', requestsForEachSuccess],
      ['quota used', (books) => `${(utilisation(books, load) * 100).toFixed(1)} %`],
    ]),
  };
}

/** Of the limit that was short: requests. */
function utilisation({ books }: JoinedBooks, load: Load): number {
  return verdictOnQuota(books.mock ?? [], provider(load)).limits[0]?.charged.utilisation ?? 0;
}

function avoidable429s({ books }: JoinedBooks, load: Load): number {
  return verdictOnQuota(books.mock ?? [], provider(load)).avoidable429s;
}

/** By the spans of the waits; an attempt that went at once has none. */
function waitP95({ byCall }: JoinedBooks, priority: string): number {
  const waits: number[] = [];
  for (const { attempts, throttles, calls } of byCall.values()) {
    if (!calls.some((span) => textOf(span, attr.priority) === priority)) continue;
    const waited = throttles.map((span) => numberOf(span, attr.waitMs) ?? 0);
    waits.push(...waited, ...Array<number>(Math.max(0, attempts.length - waited.length)).fill(0));
  }
  return percentile(waits, 0.95);
}

function callsOf({ books }: JoinedBooks, priority?: string): readonly K6Call[] {
  return books.k6.calls.filter((call) => priority === undefined || call.priority === priority);
}

function servedOf(books: JoinedBooks, priority?: string): readonly K6Call[] {
  return callsOf(books, priority).filter(({ outcome }) => outcome === 'ok');
}

function servedPart(books: JoinedBooks, priority?: string): string {
  const [served, all] = [servedOf(books, priority).length, callsOf(books, priority).length];
  return `${served} of ${all} (${((served / Math.max(1, all)) * 100).toFixed(0)} %)`;
}

function durationP95(books: JoinedBooks, priority: string): string {
  const durations = servedOf(books, priority).map(({ durationMs }) => durationMs);
  return `${percentile(durations, 0.95).toFixed(0)} ms`;
}

function requestsForEachSuccess(books: JoinedBooks): string {
  return ((books.books.mock?.length ?? 0) / Math.max(1, servedOf(books).length)).toFixed(2);
}
