import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { numberOf, textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import { isUnread } from '../reconcile/i6-tokens-and-cost.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import { resilient } from './resilience.ts';
import type { Judgement, Load, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';
import { deadlineMs } from './trouble.ts';

const share = 0.3;
/** Of the 30 % some have their answer before they would have left. */
const leastLeft = 0.15;
/** From the moment at which a caller hangs up until the provider's side of it is closed. */
const longestCloseMs = 500;
/** From the moment at which the gateway sees its caller leave until the client gives the call back. */
const longestEndMs = 50;
/** Of the gateway's own span. */
const endedAfterLeft = 'gateway.ended_after_left.ms';

export const aborts: Scenario = {
  says: '30 % of the callers hang up before they have their answer, at a moment that the seed says',
  phases: await shippedPhases('aborts'),
  jsonPerSecond: 60,
  leavers: { share, fromMs: 40, toMs: 240 },
  options: () => ({ retry: resilient.retry ?? {}, deadlineMs }),
  mayRefuse: true,
  thresholds: () => ({ 'call_ok{leaves:no}': ['rate==1'] }),
  judge,
};

function judge({ books, byCall }: JoinedBooks, _load: Load): Judgement {
  const { calls } = books.k6;
  const entries = [...byCall.values()];
  const left = entries.filter(({ k6: [seen] }) => seen?.leftAfterMs !== undefined);
  const reached = left.filter(({ ledger }) => ledger.length > 0);
  const told = left.filter(({ calls: spans }) => spans.length > 0);
  const cancelled = told.filter(({ calls: spans }) => outcomeOf(spans) === 'cancelled');
  const crossed = told.filter((call) => outcomeOf(call.calls) !== 'cancelled' && isWhole(call));
  const open = entries.filter(({ ledger }) => ledger.some(({ end }) => end === 'pending'));
  const kept = reached.filter((call) => !isClosed(call) && !isWhole(call));
  const closeMs = reached.filter(isClosed).map(closedAfterMs);
  const p99Ms = percentile(closeMs, 0.99);
  const unseen = told.filter(isBilledUnseen);
  const waits = left.filter(hungUpInWait).flatMap(endedAfterMs);
  const waitP99Ms = percentile(waits, 0.99);
  const part = left.length / Math.max(1, calls.length);
  return {
    invariants: [],
    conditions: [
      condition('callers who hung up', `>= ${leastLeft}`, part.toFixed(3), part >= leastLeft),
      condition(
        'their calls, cancelled or crossed by the answer',
        'all',
        `${cancelled.length} + ${crossed.length} of ${told.length}`,
        cancelled.length + crossed.length === told.length,
      ),
      condition('requests that stayed open at the provider', '0', String(open.length), open.length === 0),
      condition(
        'requests that the provider saw neither closed nor whole',
        '0',
        String(kept.length),
        kept.length === 0,
      ),
      condition(
        'from the hang-up to the close at the provider, p99',
        `<= ${longestCloseMs} ms`,
        `${p99Ms.toFixed(0)} ms`,
        closeMs.length > 0 && p99Ms <= longestCloseMs,
      ),
      condition(
        'callers who hung up in a wait before a retry',
        '> 0',
        String(waits.length),
        waits.length > 0,
      ),
      condition(
        'from their hang-up to the end of the wait, p99',
        `<= ${longestEndMs} ms`,
        `${waitP99Ms.toFixed(1)} ms`,
        waitP99Ms <= longestEndMs,
      ),
      condition('billed, and not in the telemetry', '0', String(unseen.length), unseen.length === 0),
    ],
  };
}

function outcomeOf([span]: CallEntries['calls']): string | undefined {
  return span && textOf(span, attr.outcome);
}

/** The answer was sent to its end before the hang-up came through. */
function isWhole({ ledger }: CallEntries): boolean {
  return ledger.at(-1)?.end === 'complete';
}

function isClosed({ ledger }: CallEntries): boolean {
  return ledger.at(-1)?.end === 'client-closed';
}

/** From the arrival, where the caller had left before it. k6 and the provider begin their clocks within a few milliseconds. */
function closedAfterMs({ k6: [seen], ledger }: CallEntries): number {
  const last = ledger.at(-1);
  const leftAtMs = (seen?.startedMs ?? 0) + (seen?.leftAfterMs ?? 0);
  const fromMs = Math.max(leftAtMs, last?.arrivedAtMs ?? 0);
  return Math.max(0, (last?.endedAtMs ?? fromMs) - fromMs);
}

/** The last that the provider said was that the call should come again. */
function hungUpInWait({ calls: spans, ledger }: CallEntries): boolean {
  return outcomeOf(spans) === 'cancelled' && ledger.at(-1)?.retryAfterMs !== undefined;
}

/** As the gateway measured it on one clock. */
function endedAfterMs({ gateway: [span] }: CallEntries): number[] {
  const measured = span && numberOf(span, endedAfterLeft);
  return measured === undefined ? [] : [measured];
}

/** The provider charges for what it had sent of an answer; the telemetry says nothing of it. */
function isBilledUnseen({ calls: [span], attempts, ledger }: CallEntries): boolean {
  const isBilled = ledger.some(({ usage }) => usage !== null);
  if (!span || !isBilled || isUnread(span, attempts, isBilled)) return false;
  const source = textOf(span, attr.usageSource);
  return source !== 'provider' && source !== 'estimated';
}
