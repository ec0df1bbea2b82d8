import type { RunReport, TimelinePoint } from '../model.ts';
import { timeStepMs } from './scale.ts';

/** More points than this are not told apart on a screen, and the page must stay small for a run of any length. */
const MOST_POINTS = 150;
const SECOND_MS = 1000;

/** One or more seconds of the run, drawn as one step. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
  /** Means per second. */
  readonly offered: number;
  readonly succeeded: number;
  /** Of those that succeeded, the ones within the service level. */
  readonly good: number;
  readonly failed: number;
  readonly retries: number;
  /** The middle p50 and the highest p95 of its seconds; absent where no call ended. */
  readonly latency?: { readonly p50Ms: number; readonly p95Ms: number };
}

export interface Moments {
  readonly stepMs: number;
  readonly endMs: number;
  readonly all: readonly Moment[];
}

/** The timeline as at most 150 equal steps, in order. */
export function momentsOf(run: Pick<RunReport, 'timeline' | 'header'>): Moments {
  const lastMs = run.timeline.reduce((latest, point) => Math.max(latest, point.atMs), 0);
  const measuredMs = run.timeline.length > 0 ? lastMs + SECOND_MS : 0;
  const endMs = Math.max(measuredMs, run.header.durationMs, SECOND_MS);
  const stepMs = timeStepMs(endMs, MOST_POINTS);
  const steps = new Map<number, TimelinePoint[]>();
  for (const point of run.timeline) {
    const step = Math.floor(point.atMs / stepMs);
    const points = steps.get(step);
    if (points) points.push(point);
    else steps.set(step, [point]);
  }
  const ordered = [...steps].sort(([a], [b]) => a - b);
  return {
    stepMs,
    endMs,
    all: ordered.map(([step, points]) => merge(step * stepMs, Math.min((step + 1) * stepMs, endMs), points)),
  };
}

function merge(fromMs: number, toMs: number, points: readonly TimelinePoint[]): Moment {
  const mean = (figure: (point: TimelinePoint) => number) =>
    points.reduce((sum, point) => sum + figure(point), 0) / points.length;
  const counts = {
    fromMs,
    toMs,
    offered: mean((point) => point.offered),
    succeeded: mean((point) => point.succeeded),
    good: mean((point) => point.good),
    failed: mean((point) => point.failed),
    retries: mean((point) => point.retries),
  };
  const ended = points.filter(
    (point) =>
      point.succeeded + point.failed > 0 && Number.isFinite(point.p50Ms) && Number.isFinite(point.p95Ms),
  );
  if (ended.length === 0) return counts;
  const p50s = ended.map((point) => point.p50Ms).sort((a, b) => a - b);
  return {
    ...counts,
    latency: {
      p50Ms: p50s[Math.floor((p50s.length - 1) / 2)] ?? 0,
      p95Ms: ended.reduce((highest, point) => Math.max(highest, point.p95Ms), 0),
    },
  };
}
