/** The calendar periods of budgets, in UTC. */
export const periodNames = ['minute', 'hour', 'day', 'month'] as const;
export type PeriodName = (typeof periodNames)[number];

/** One period: from `startMs` on, up to but not including `endMs`, both since 1970-01-01T00:00:00Z. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

const lengthsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The period that holds a moment. UTC has no summer time, and `epochMs` no leap seconds: only months differ in length. */
export function periodOf(per: PeriodName, epochMs: number): Period {
  if (per !== 'month') {
    const length = lengthsMs[per];
    const startMs = Math.floor(epochMs / length) * length;
    return { startMs, endMs: startMs + length };
  }
  const at = new Date(epochMs);
  const year = at.getUTCFullYear();
  const month = at.getUTCMonth();
  return { startMs: firstOfMonth(year, month), endMs: firstOfMonth(year, month + 1) };
}

/** `Date.UTC` takes years below 100 for those of the last century. */
function firstOfMonth(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1);
}
