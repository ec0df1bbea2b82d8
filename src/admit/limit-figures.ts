import type { LimitFigures } from './limiter-statistics.ts';
import type { Meter } from './meter.ts';

/** One line for each limit; of a limit per project or user, that of the fullest. */
export function figuresOf(meters: Iterable<Meter>, nowMs: number): readonly LimitFigures[] {
  const byName = new Map<string, LimitFigures>();
  for (const meter of meters) {
    const { name, unit, windowMs } = meter.limit;
    const { quota, foreign } = meter;
    const used = meter.used(nowMs);
    const before = byName.get(name);
    if (before && before.used >= used) continue;
    byName.set(name, { limit: name, unit, windowMs, quota, used, utilisation: used / quota, foreign });
  }
  return [...byName.values()];
}
