import type { MadeCall } from './made-calls.ts';
import type { ServiceLevel, TimelinePoint } from './model.ts';
import { percentile } from './percentile.ts';
import { isGood } from './service-level.ts';

/** One point a second: calls count where they began, retries where they happened. */
export function timelineOf(calls: readonly MadeCall[], level: ServiceLevel): TimelinePoint[] {
  const begun = groupBySecond(calls, ({ seen }) => seen.startedMs);
  const retries = groupBySecond(calls.flatMap(retryTimes), (atMs) => atMs);
  const seconds = Math.max(-1, ...begun.keys(), ...retries.keys()) + 1;
  return Array.from({ length: seconds }, (_, second) => {
    const here = begun.get(second) ?? [];
    const durations = here.map(({ seen }) => seen.durationMs);
    const succeeded = here.filter(({ seen }) => seen.outcome === 'ok').length;
    return {
      atMs: second * 1_000,
      offered: here.length,
      succeeded,
      good: here.filter(({ seen }) => isGood(seen, level)).length,
      failed: here.length - succeeded,
      retries: retries.get(second)?.length ?? 0,
      p50Ms: percentile(durations, 0.5),
      p95Ms: percentile(durations, 0.95),
    };
  });
}

/** Placed by k6's clock: only distances are taken from the gateway's. */
function retryTimes({ seen, entries }: MadeCall): number[] {
  const [first, ...others] = entries.attempts.toSorted((a, b) => a.startMs - b.startMs);
  return first ? others.map(({ startMs }) => seen.startedMs + startMs - first.startMs) : [];
}

function groupBySecond<T>(items: readonly T[], atMs: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const second = Math.max(0, Math.floor(atMs(item) / 1_000));
    const group = groups.get(second);
    if (group) group.push(item);
    else groups.set(second, [item]);
  }
  return groups;
}
