import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { MadeCall } from './made-calls.ts';
import type { ServiceLevel, Source, TimelinePoint } from './model.ts';
import { percentile } from './percentile.ts';
import { isGood } from './service-level.ts';

export interface TimelineInput {
  readonly calls: readonly MadeCall[];
  readonly level: ServiceLevel;
  /** Of the load. */
  readonly durationMs: number;
  readonly source: Source;
  /** All that the provider got, by whomever. */
  readonly ledger: readonly LedgerEntry[];
}

/** What a call may go on for after the load: no clock that jumped makes the timeline longer. */
const overtimeMs = 120_000;

/** One point a second: calls count where they began, retries where they happened. */
export function timelineOf({ calls, level, durationMs, source, ledger }: TimelineInput): TimelinePoint[] {
  const lastMs = durationMs + overtimeMs;
  const begun = groupBySecond(calls, ({ seen }) => seen.startedMs, lastMs);
  const times = source === 'telemetry' ? calls.flatMap(retryTimes) : retriesAtProvider(ledger);
  const retries = groupBySecond(times ?? [], (atMs) => atMs, lastMs);
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
      retries: times ? (retries.get(second)?.length ?? 0) : Number.NaN,
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

/** By the count that the official clients send; undefined where no request had one, and nobody knows. The clocks begin together. */
function retriesAtProvider(ledger: readonly LedgerEntry[]): number[] | undefined {
  const counted = ledger.filter(({ retryCount }) => retryCount !== undefined);
  if (counted.length === 0 && ledger.length > 0) return undefined;
  return counted.flatMap(({ retryCount = 0, arrivedAtMs }) => (retryCount > 0 ? [arrivedAtMs] : []));
}

function groupBySecond<T>(items: readonly T[], atMs: (item: T) => number, lastMs: number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const ms = atMs(item);
    if (Number.isNaN(ms)) continue;
    const second = Math.floor(Math.min(Math.max(0, ms), lastMs) / 1_000);
    const group = groups.get(second);
    if (group) group.push(item);
    else groups.set(second, [item]);
  }
  return groups;
}
