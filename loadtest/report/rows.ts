import type { K6Call } from '../k6/record.ts';
import type { MadeCall } from './made-calls.ts';
import type { PhaseRow, ServiceLevel, Source } from './model.ts';
import { isGood } from './service-level.ts';
import { askedFor } from './source.ts';
import { spreadOf } from './spread.ts';

const kinds = ['json', 'stream', 'embeddings', 'request'] as const;

function kindOf({ kind, streamed }: K6Call): PhaseRow['kind'] {
  if (streamed) return 'stream';
  return kind === 'embeddings' || kind === 'request' ? kind : 'json';
}

/** A row for each phase and kind that had calls, then one for each kind over the whole run. */
export function phaseRows(
  calls: readonly MadeCall[],
  phases: readonly string[],
  level: ServiceLevel,
  source: Source,
): PhaseRow[] {
  return [...new Set(phases), 'all'].flatMap((phase) =>
    kinds.flatMap((kind) => {
      const chosen = calls.filter(
        ({ seen }) => kindOf(seen) === kind && (phase === 'all' || seen.phase === phase),
      );
      return chosen.length === 0 ? [] : [row(phase, kind, chosen, level, source)];
    }),
  );
}

function row(
  phase: string,
  kind: PhaseRow['kind'],
  calls: readonly MadeCall[],
  level: ServiceLevel,
  source: Source,
): PhaseRow {
  const whole = spreadOf(calls.map(({ seen }) => seen.durationMs)) ?? none;
  const firstChunk = spreadOf(calls.flatMap(({ seen }) => seen.firstChunkMs ?? []));
  const chunkGap = spreadOf(calls.flatMap(({ seen }) => chunkGapMs(seen) ?? []));
  const longestGap = spreadOf(calls.flatMap(({ seen }) => longestGapMs(seen) ?? []));
  const succeeded = calls.filter(({ seen }) => seen.outcome === 'ok').length;
  const { requests, ...asked } = askedFor(calls, source);
  return {
    phase,
    kind,
    offered: calls.length,
    succeeded,
    failed: calls.length - succeeded,
    good: calls.filter(({ seen }) => isGood(seen, level)).length,
    attemptsPerCall: requests / calls.length,
    whole,
    ...(firstChunk && { firstChunk }),
    ...(chunkGap && { chunkGap }),
    ...(longestGap && { longestGap }),
    ...asked,
  };
}

const none = { p50Ms: 0, p90Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };

/**
 * As its reader measured it; where it did not, from the first chunk to the end of the answer. Of a stream that broke off or
 * stood still it would say nothing.
 */
function chunkGapMs(seen: K6Call): number | undefined {
  const { outcome, durationMs, firstChunkMs, chunks = 0 } = seen;
  if (outcome !== 'ok') return undefined;
  if (seen.chunkGapMs !== undefined) return seen.chunkGapMs;
  if (firstChunkMs === undefined || chunks < 2) return undefined;
  return Math.max(0, durationMs - firstChunkMs) / (chunks - 1);
}

/** The longest that a reader of the stream had to wait for its next chunk. */
function longestGapMs({ outcome, longestGapMs: gapMs }: K6Call): number | undefined {
  return outcome === 'ok' ? gapMs : undefined;
}
