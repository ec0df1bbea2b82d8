import type { JoinedBooks } from '../books/join.ts';
import { callersNoticeNothing } from '../reconcile/i10-collector-down.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import type { Judgement, Load, RunFacts, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** So much longer than before the p95 may be while nobody takes the telemetry. */
const mostSlowerMs = 100;

/**
 * Spans of the time in which nobody took them may be lost, so whatever counts spans cannot agree; the counters are sums
 * from the start, and whole again with the first export that arrives.
 */
export const collectorDown: Scenario = {
  says: 'the collector is gone for a third of the run and comes back: nobody may notice',
  phases: await shippedPhases('collector-down'),
  jsonPerSecond: 50,
  events: [
    { atShare: 1 / 3, kind: 'receiver-down' },
    { atShare: 2 / 3, kind: 'receiver-up' },
  ],
  judgeable: (books) => ({ books, without: ['I3', 'I6', 'I7'] }),
  judge,
};

function judge(joined: JoinedBooks, _load: Load, { events }: RunFacts): Judgement {
  const awayMs = (eventAt(events, 'receiver-up') ?? 0) - (eventAt(events, 'receiver-down') ?? 0);
  const before = p95Of(joined, 'before');
  const gone = p95Of(joined, 'collector-gone');
  return {
    invariants: [callersNoticeNothing(joined)],
    conditions: [
      condition('the collector was gone for', '> 0 s', `${(awayMs / 1_000).toFixed(1)} s`, awayMs > 0),
      condition(
        'p95 of all calls meanwhile',
        `<= ${(before + mostSlowerMs).toFixed(0)} ms`,
        `${gone.toFixed(0)} ms`,
        gone <= before + mostSlowerMs,
      ),
    ],
  };
}

function eventAt(events: RunFacts['events'], kind: RunFacts['events'][number]['kind']): number | undefined {
  return events.find((event) => event.kind === kind)?.atMs;
}

function p95Of({ books }: JoinedBooks, phase: string): number {
  const durations = books.k6.calls.filter((call) => call.phase === phase).map(({ durationMs }) => durationMs);
  return percentile(durations, 0.95);
}
