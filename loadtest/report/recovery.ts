import type { MadeCall } from './made-calls.ts';
import type { Phase, Recovery, ServiceLevel } from './model.ts';
import { isGood } from './service-level.ts';

/** Goodput is looked at over so long, and at every step anew. */
export const windowMs = 2_000;
export const stepMs = 250;
/** Back is so much of the share of good calls before the first trouble. */
export const backAt = 0.95;

export interface RecoveryInput {
  readonly calls: readonly MadeCall[];
  readonly phases: readonly (Phase & { readonly isTroubled: boolean })[];
  readonly level: ServiceLevel;
  readonly measuredMs: number;
}

/**
 * For each phase with faults: how long after its end the first two seconds begin in which the share of good calls is back.
 * What happens from the next trouble on tells nothing of this one.
 */
export function recoveries({ calls, phases, level, measuredMs }: RecoveryInput): Recovery[] {
  const marks = calls
    .map(({ seen }) => ({ atMs: seen.startedMs, good: isGood(seen, level) }))
    .sort((a, b) => a.atMs - b.atMs);
  const firstTroubleMs = Math.min(
    ...phases.filter(({ isTroubled }) => isTroubled).map(({ fromMs }) => fromMs),
  );
  const before = shareOf(marks, 0, firstTroubleMs) ?? 1;
  return phases
    .filter(({ isTroubled }) => isTroubled)
    .map(({ name, toMs: endMs }) => {
      const nextMs = Math.min(
        measuredMs,
        ...phases.filter((later) => later.isTroubled && later.fromMs >= endMs).map(({ fromMs }) => fromMs),
      );
      if (nextMs - endMs < windowMs) return { phase: name, endMs, state: 'not observed' };
      for (let fromMs = endMs; fromMs + windowMs <= nextMs; fromMs += stepMs) {
        const share = shareOf(marks, fromMs, fromMs + windowMs);
        if (share !== undefined && share >= backAt * before)
          return { phase: name, endMs, state: 'recovered', afterMs: fromMs - endMs };
      }
      return { phase: name, endMs, state: 'not recovered' };
    });
}

interface Mark {
  readonly atMs: number;
  readonly good: boolean;
}

/** Of the calls that began in a stretch of time; undefined where none did. `marks` are in order. */
function shareOf(marks: readonly Mark[], fromMs: number, toMs: number): number | undefined {
  let all = 0;
  let good = 0;
  for (let index = firstAt(marks, fromMs); index < marks.length; index++) {
    const mark = marks[index];
    if (!mark || mark.atMs >= toMs) break;
    all++;
    if (mark.good) good++;
  }
  return all === 0 ? undefined : good / all;
}

/** The index of the first that is not before `atMs`. */
function firstAt(marks: readonly Mark[], atMs: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.atMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
