import type { Meter } from './meter.ts';
import { stride } from './priority.ts';
import type { Waiter, WaitingLane } from './waiting-lane.ts';

/** So many calls of a group are looked at behind one of them that cannot go. */
export const lookahead = 16;

/** When `amount` will have gone once `before` has. */
export type GoneAt = (meter: Meter, before: number, amount: number, nowMs: number) => number;

/** When a call will go, and which limit it is that holds it until then. */
export interface Projection {
  readonly atMs: number;
  readonly limit: string | undefined;
}

/** Whether a projected wait is past a deadline: by more than what a timer is late, and a sum of fractions inexact. */
export function isLater(waitMs: number, deadlineMs: number): boolean {
  return waitMs > deadlineMs + 1;
}

/**
 * When the last to come of its priority will go, as far as can be told: after those of its own priority that are there,
 * and those of the others whose turn comes meanwhile. It may come later, since those of other groups at the same limits
 * are left out, and whoever comes after it may go first in part; it does not come much earlier, unless others use less
 * than they reserved.
 *
 * @param places where the turns of the priorities are
 * @param goneAt when an amount will have gone behind others, for limits that are held elsewhere
 */
export function projectLast(
  waiter: Waiter,
  places: readonly number[],
  nowMs: number,
  goneAt: GoneAt = goneHere,
): Projection {
  const { group, priority, tokens } = waiter;
  let calls = 0;
  let tokensAhead = 0;
  let largest = 0;
  const own = group.lanes[priority as 0].length - 1;
  const place = (places[priority] ?? 0) + own * stride(priority);
  for (const [other, lane] of group.lanes.entries()) {
    const turns = (place - (places[other] ?? 0)) / stride(other);
    // One less than where the turns are now: they move on before it goes.
    const before = other < priority ? Math.floor(turns) : Math.ceil(turns) - 1;
    const count = other === priority ? own : Math.min(Math.max(before, 0), lane.length);
    calls += count;
    const first = firstOf(lane, count);
    tokensAhead += first.tokens;
    largest = Math.max(largest, first.largest);
  }
  let atMs = group.gate.opensAtMs(nowMs);
  let limit: string | undefined;
  for (const meter of group.meters) {
    const goneAtMs = goneAt(meter, meter.ofRequests ? calls : tokensAhead, meter.amountOf(tokens), nowMs);
    if (goneAtMs <= atMs) continue;
    atMs = goneAtMs;
    limit = meter.limit.name;
  }
  if (calls === 0 || calls > lookahead || largest <= tokens) return { atMs, limit };
  return { atMs: Math.min(atMs, passingAtMs(waiter, nowMs)), limit };
}

/** When a call may go before larger ones in front of it, at the earliest: where it leaves the first its room. */
function passingAtMs({ group, priority, tokens }: Waiter, nowMs: number): number {
  const ownMs = group.roomAtMs(tokens, nowMs);
  let laterMs = ownMs;
  for (const [other, { first }] of group.lanes.entries()) {
    if (!first || (other === priority && first.tokens <= tokens)) continue;
    const firstMs = group.roomAtMs(first.tokens, nowMs);
    const putsOff = group.meters.some(
      (meter) => meter.roomAtMs(meter.amountOf(tokens), meter.amountOf(first.tokens), nowMs) > firstMs,
    );
    if (!putsOff) return ownMs;
    laterMs = Math.max(laterMs, firstMs);
  }
  return laterMs;
}

/** The tokens of the first so many of a lane: those of many by their mean. */
function firstOf(lane: WaitingLane, count: number): { tokens: number; largest: number } {
  if (count > lookahead) return { tokens: (lane.tokens * count) / lane.length, largest: 0 };
  let tokens = 0;
  let largest = 0;
  let waiter = lane.first;
  for (let index = 0; index < count && waiter; index++, waiter = waiter.next) {
    tokens += waiter.tokens;
    largest = Math.max(largest, waiter.tokens);
  }
  return { tokens, largest };
}

function goneHere(meter: Meter, before: number, amount: number, nowMs: number): number {
  return meter.goneAtMs(before, amount, nowMs);
}
