import { numberOf } from '../books/telemetry.ts';
import type { K6Call } from '../k6/record.ts';
import { attr } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { MadeCall } from './made-calls.ts';
import type { PhaseRow, ServiceLevel } from './model.ts';
import { total } from './percentile.ts';
import { isGood } from './service-level.ts';
import { spreadOf } from './spread.ts';

const kinds = ['json', 'stream', 'embeddings'] as const;

function kindOf({ kind, streamed }: K6Call): PhaseRow['kind'] {
  if (streamed) return 'stream';
  return kind === 'embeddings' ? 'embeddings' : 'json';
}

/** A row for each phase and kind that had calls, then one for each kind over the whole run. */
export function phaseRows(
  calls: readonly MadeCall[],
  phases: readonly string[],
  level: ServiceLevel,
): PhaseRow[] {
  return [...new Set(phases), 'all'].flatMap((phase) =>
    kinds.flatMap((kind) => {
      const chosen = calls.filter(
        ({ seen }) => kindOf(seen) === kind && (phase === 'all' || seen.phase === phase),
      );
      return chosen.length === 0 ? [] : [row(phase, kind, chosen, level)];
    }),
  );
}

function row(
  phase: string,
  kind: PhaseRow['kind'],
  calls: readonly MadeCall[],
  level: ServiceLevel,
): PhaseRow {
  const whole = spreadOf(calls.map(({ seen }) => seen.durationMs)) ?? none;
  const firstChunk = spreadOf(calls.flatMap(({ seen }) => seen.firstChunkMs ?? []));
  const chunkGap = spreadOf(calls.flatMap(({ seen }) => chunkGapMs(seen) ?? []));
  const succeeded = calls.filter(({ seen }) => seen.outcome === 'ok').length;
  const sumOf = (name: string): number => attributeSum(calls, name);
  return {
    phase,
    kind,
    offered: calls.length,
    succeeded,
    failed: calls.length - succeeded,
    good: calls.filter(({ seen }) => isGood(seen, level)).length,
    attemptsPerCall: total(calls.map(({ entries }) => entries.attempts.length)) / calls.length,
    whole,
    ...(firstChunk && { firstChunk }),
    ...(chunkGap && { chunkGap }),
    inputTokens: sumOf(attr.inputTokens),
    outputTokens: sumOf(attr.outputTokens),
    costUsd: sumOf(attr.costUsd),
    ...waits(calls),
  };
}

const none = { p50Ms: 0, p90Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };

/** Of a stream that broke off or stood still it would say nothing. */
function chunkGapMs({ outcome, durationMs, firstChunkMs, chunks = 0 }: K6Call): number | undefined {
  if (outcome !== 'ok' || firstChunkMs === undefined || chunks < 2) return undefined;
  return Math.max(0, durationMs - firstChunkMs) / (chunks - 1);
}

/** A figure of the calls' own spans. */
export function attributeSum(calls: readonly MadeCall[], name: string): number {
  return total(calls.flatMap(({ entries }) => entries.calls.map((span) => numberOf(span, name) ?? 0)));
}

/** What the calls waited before a retry and for a limit, by the spans of the waits. */
export function waits(calls: readonly MadeCall[]): {
  readonly backoffMs: number;
  readonly throttleMs: number;
} {
  const sum = (spans: readonly SpanRecord[]): number => total(spans.map(lengthMs));
  return {
    backoffMs: total(calls.map(({ entries }) => sum(entries.backoffs))),
    throttleMs: total(calls.map(({ entries }) => sum(entries.throttles))),
  };
}

function lengthMs({ startMs, endMs }: SpanRecord): number {
  return Math.max(0, endMs - startMs);
}
