import type { LimitOptions } from '../../src/mock/limits/limit.ts';
import { type JoinedBooks, joinBooks } from '../books/join.ts';
import { instanceOf } from '../gateway-process.ts';
import type { K6Call } from '../k6/record.ts';
import { quotaIsKept } from '../reconcile/i4-quota.ts';
import { condition } from './condition.ts';
import type { Judgement, Load, RunFacts, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

const gateways = 3;
/** The one in the middle, so that neither the first nor the last address is what is tested. */
const killed = 1;
const overload = 1.5;
const windowsInRun = 10;
/** Below this a limit's time is about as long as the way to a busy provider, and none can be kept. */
const leastWindowMs = 2_000;
const tokensPerRequest = 1_500;

/** A limit's time: what the killed gateway had taken comes back when it is over, and in half a run it must be over soon. */
function windowMs(durationMs: number): number {
  return Math.round(Math.max(durationMs / windowsInRun, Math.min(leastWindowMs, durationMs / 4)));
}

function provider({ callsPerSecond, durationMs }: Load): LimitOptions {
  const perMs = windowMs(durationMs);
  const requests = Math.max(1, Math.floor((callsPerSecond / overload) * (perMs / 1_000)));
  return {
    limits: [
      { requests, perMs },
      { tokens: requests * tokensPerRequest, perMs },
    ],
    law: 'bucket',
  };
}

/**
 * What the killed gateway had not sent yet of its telemetry is gone with it: so the books are compared without its calls,
 * and those are judged by what k6 and the provider know of them.
 */
export const fleet: Scenario = {
  says: 'three gateways share a quota through Redis, and one is killed midway: the others go on within it',
  phases: await shippedPhases('fleet'),
  jsonPerSecond: 50,
  gateways,
  isShared: true,
  isPrioritised: true,
  mayRefuse: true,
  provider,
  options: (load) => ({
    limits: provider(load).limits ?? [],
    mode: 'mirror',
    queue: { maxWaiting: Math.ceil(load.callsPerSecond / gateways), whenFull: 'lowest' },
  }),
  events: [{ atShare: 1 / 2, kind: 'kill-gateway', gateway: killed }],
  // The calls in flight in the killed one are lost, and judged below.
  thresholds: () => ({
    checks: [],
    ...Object.fromEntries(
      Array.from({ length: gateways }, (_, index) => index)
        .filter((index) => index !== killed)
        .map((index) => [`checks{gateway:${index}}`, ['rate==1']]),
    ),
  }),
  judgeable: (books) => ({ books: withoutGateway(books, killed), without: [] }),
  judge,
};

/** As long as the death of a process takes to be seen by those who talk to it. */
const slackMs = 500;
const leastUtilisation = 0.9;

function judge(books: JoinedBooks, load: Load, { events }: RunFacts): Judgement {
  const atMs = events.find(({ kind }) => kind === 'kill-gateway')?.atMs;
  const { calls } = books.books.k6;
  const its = calls.filter(({ gateway }) => gateway === killed);
  const lost = calls.filter(({ outcome }) => outcome === 'lost');
  const inFlight = lost.filter((call) => atMs !== undefined && wasInFlight(call, atMs));
  const others = calls.filter(({ gateway }) => gateway !== killed);
  const late = its.filter(({ startedMs }) => atMs === undefined || startedMs > atMs + slackMs);
  const failed = calls.filter(({ outcome }) => !['ok', 'refused', 'lost'].includes(outcome));
  const used = atMs === undefined ? 0 : usedAfter(books, load, atMs);
  const open = (books.books.mock ?? []).filter(({ end }) => end === 'pending');
  return {
    invariants: [quotaIsKept(books.books.mock ?? [], provider(load))],
    conditions: [
      condition(
        'a gateway was killed',
        'with calls before it',
        `${its.length} calls`,
        atMs !== undefined && its.length > 0,
      ),
      condition(
        'lost calls that were in flight in it',
        'all',
        `${inFlight.length} of ${lost.length}`,
        inFlight.length === lost.length,
      ),
      condition('calls that went to it afterwards', '0', String(late.length), late.length === 0),
      condition(
        'calls that the others lost',
        '0',
        String(others.filter(({ outcome }) => outcome === 'lost').length),
        others.every(({ outcome }) => outcome !== 'lost'),
      ),
      condition('neither served nor refused nor lost', '0', String(failed.length), failed.length === 0),
      condition('requests that stayed open at the provider', '0', String(open.length), open.length === 0),
      condition(
        'quota used, once what it held had expired',
        `>= ${leastUtilisation}`,
        used.toFixed(3),
        used >= leastUtilisation,
      ),
    ],
  };
}

function wasInFlight({ gateway, startedMs, durationMs }: K6Call, atMs: number): boolean {
  return gateway === killed && startedMs <= atMs + slackMs && startedMs + durationMs >= atMs - slackMs;
}

/** Of what the quota lets through from one limit's time after the kill to the end of the load. */
function usedAfter({ books }: JoinedBooks, load: Load, atMs: number): number {
  const [limit] = provider(load).limits ?? [];
  const { requests = 1, perMs = 1 } = limit ?? {};
  const fromMs = atMs + perMs;
  const admitted = (books.mock ?? []).filter(
    ({ rateLimit }) =>
      rateLimit?.outcome === 'admitted' && rateLimit.atMs >= fromMs && rateLimit.atMs < load.durationMs,
  );
  return admitted.length / ((load.durationMs - fromMs) * (requests / perMs));
}

/** The books of a run in which this gateway had not been there. */
export function withoutGateway({ books }: JoinedBooks, index: number): JoinedBooks {
  const { k6, telemetry, mock, left } = books;
  const gone = new Set(k6.calls.filter(({ gateway }) => gateway === index).map(({ callId }) => callId));
  const { summary } = k6;
  return joinBooks({
    k6: {
      ...k6,
      calls: k6.calls.filter(({ callId }) => !gone.has(callId)),
      summary: summary && { ...summary, iterations: summary.iterations - gone.size },
    },
    telemetry: {
      ...telemetry,
      spans: telemetry.spans.filter(({ traceId }) => !gone.has(traceId)),
      metrics: telemetry.metrics.filter(({ instance }) => instance !== instanceOf(index)),
    },
    mock: mock?.filter(({ callId }) => !gone.has(callId)),
    left,
  });
}
