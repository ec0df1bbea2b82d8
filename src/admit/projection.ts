import type { Meter } from './meter.ts';
import { weights } from './priority.ts';
import type { QuotaGroup } from './quota-group.ts';

/** When a call will go, and which limit it is that holds it until then. */
export interface Projection {
  readonly atMs: number;
  readonly limit: string | undefined;
}

/**
 * When the last to come of a priority will go, as far as can be told: after those of its own priority that are there, and
 * those of the others whose turn comes meanwhile. It may come later, since those of other groups at the same limits are
 * left out, and whoever comes after it may go first in part; it does not come much earlier, unless others use less than
 * they reserved.
 */
export function projectLast(
  group: QuotaGroup,
  priority: number,
  nowMs: number,
  goneAt: (meter: Meter, amount: number, nowMs: number) => number = goneHere,
): Projection {
  let requests = 0;
  let tokens = 0;
  const own = group.lanes[priority as 0]?.length ?? 0;
  for (const [other, lane] of group.lanes.entries()) {
    if (lane.length === 0) continue;
    const turns = Math.floor((own * (weights[other] ?? 1)) / (weights[priority] ?? 1));
    const count = other === priority ? own : Math.min(lane.length, turns);
    requests += count;
    tokens += (lane.tokens * count) / lane.length;
  }
  let atMs = Math.max(group.closedUntilMs, nowMs);
  let limit: string | undefined;
  for (const meter of group.meters) {
    const goneAtMs = goneAt(meter, meter.ofRequests ? requests : tokens, nowMs);
    if (goneAtMs <= atMs) continue;
    atMs = goneAtMs;
    limit = meter.limit.name;
  }
  return { atMs, limit };
}

function goneHere(meter: Meter, amount: number, nowMs: number): number {
  return meter.goneAtMs(amount, nowMs);
}
