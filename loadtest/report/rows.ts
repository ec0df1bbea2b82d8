import type { CallEntries } from '../books/join.ts';
import { numberOf } from '../books/telemetry.ts';
import type { K6Call } from '../k6/record.ts';
import { attr } from '../otlp/names.ts';
import type { PhaseRow } from './model.ts';
import { percentile, total } from './percentile.ts';

/** A call that k6 made, with what the other books say of it. */
export interface MadeCall {
  readonly seen: K6Call;
  readonly entries: CallEntries;
}

/** The calls in k6's book, in the order in which they began. */
export function madeCalls(byCall: ReadonlyMap<string, CallEntries>): MadeCall[] {
  return [...byCall.values()]
    .flatMap((entries) => entries.k6.slice(0, 1).map((seen) => ({ seen, entries })))
    .sort((a, b) => a.seen.startedMs - b.seen.startedMs);
}

const kinds = ['json', 'stream', 'embeddings'] as const;

function kindOf({ kind, streamed }: K6Call): PhaseRow['kind'] {
  if (streamed) return 'stream';
  return kind === 'embeddings' ? 'embeddings' : 'json';
}

/** A row for each phase and kind that had calls, then one for each kind over the whole run. */
export function phaseRows(calls: readonly MadeCall[], phases: readonly string[]): PhaseRow[] {
  const names = [...phases, 'all'];
  return names.flatMap((phase) =>
    kinds.flatMap((kind) => {
      const chosen = calls.filter(
        ({ seen }) => kindOf(seen) === kind && (phase === 'all' || seen.phase === phase),
      );
      return chosen.length === 0 ? [] : [row(phase, kind, chosen)];
    }),
  );
}

function row(phase: string, kind: PhaseRow['kind'], calls: readonly MadeCall[]): PhaseRow {
  const durations = calls.map(({ seen }) => seen.durationMs);
  const firstChunks = calls.flatMap(({ seen }) => seen.firstChunkMs ?? []);
  const succeeded = calls.filter(({ seen }) => seen.outcome === 'ok').length;
  const sumOf = (name: string): number =>
    total(calls.flatMap(({ entries }) => entries.calls.map((span) => numberOf(span, name) ?? 0)));
  return {
    phase,
    kind,
    offered: calls.length,
    succeeded,
    failed: calls.length - succeeded,
    attemptsPerCall: total(calls.map(({ entries }) => entries.attempts.length)) / calls.length,
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
    p99Ms: percentile(durations, 0.99),
    ...(firstChunks.length === 0
      ? {}
      : { firstChunkP50Ms: percentile(firstChunks, 0.5), firstChunkP95Ms: percentile(firstChunks, 0.95) }),
    inputTokens: sumOf(attr.inputTokens),
    outputTokens: sumOf(attr.outputTokens),
    costUsd: sumOf(attr.costUsd),
    backoffMs: sumOf(attr.backoffMs),
  };
}
