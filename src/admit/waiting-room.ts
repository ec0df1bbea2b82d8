import { MeterLine, stride, Turns } from './priority.ts';
import { lookahead } from './projection.ts';
import type { QuotaGroup } from './quota-group.ts';
import type { Waiter } from './waiting-lane.ts';

/** A call that cannot go yet and comes before others: they must not make it later. */
interface Held {
  readonly group: QuotaGroup;
  readonly tokens: number;
  readonly atMs: number;
}

/** A lane as it is gone through. */
interface Cursor {
  readonly group: QuotaGroup;
  next: Waiter | undefined;
}

/**
 * All calls that wait, and the order in which they go: by turns of the priorities, and first come first served within one.
 * A call for which there is no room yet lets others go first, where that does not put it off: its time is computed, and
 * who goes before has to leave it the room it needs at that time.
 */
export class WaitingRoom {
  readonly turns = new Turns();
  /** Those with waiters. */
  readonly #groups = new Set<QuotaGroup>();
  #waiting = 0;
  #byPriority: [number, number, number] = [0, 0, 0];

  get waiting(): number {
    return this.#waiting;
  }

  waitingOf(priority: number): number {
    return this.#byPriority[priority] ?? 0;
  }

  /** How long the first to come of all has waited; 0 where none waits. */
  longestWaitMs(nowMs: number): number {
    let oldestMs = nowMs;
    for (const { lanes } of this.#groups)
      for (const { first } of lanes) if (first && first.enqueuedMs < oldestMs) oldestMs = first.enqueuedMs;
    return nowMs - oldestMs;
  }

  add(waiter: Waiter): void {
    const { group, priority } = waiter;
    if (this.#byPriority[priority] === 0) this.turns.joins(priority);
    group.lanes[priority as 0]?.push(waiter);
    group.waiting++;
    this.#groups.add(group);
    for (const meter of group.meters) {
      meter.line ??= new MeterLine();
      const { turns, waiting } = meter.line;
      if (waiting[priority as 0]++ === 0) turns.joins(priority);
    }
    this.#waiting++;
    this.#byPriority[priority as 0]++;
  }

  /** Does nothing where it has left already. */
  remove(waiter: Waiter): boolean {
    const { group, lane, priority } = waiter;
    if (!lane) return false;
    lane.remove(waiter);
    group.waiting--;
    if (group.waiting === 0) this.#groups.delete(group);
    for (const { line } of group.meters) if (line) line.waiting[priority as 0]--;
    this.#waiting--;
    this.#byPriority[priority as 0]--;
    return true;
  }

  /** The last to come of those of a lower priority than this; undefined where there are none. */
  lastBelow(priority: number): Waiter | undefined {
    for (let below = 2; below > priority; below--) {
      let last: Waiter | undefined;
      for (const { lanes } of this.#groups) {
        const waiter = lanes[below as 0]?.last;
        if (waiter && (!last || waiter.sequence > last.sequence)) last = waiter;
      }
      if (last) return last;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Waiter> {
    for (const { lanes } of this.#groups)
      for (const lane of lanes) for (let at = lane.first; at; at = at.next) yield at;
  }

  /** True where a call that came last could have its turn now. */
  isWithinReach({ lane }: Waiter): boolean {
    return lane !== undefined && lane.length <= lookahead;
  }

  /** Those whose turn is next: so many at most, and of each group as many as `mostOf` says, asked once. */
  inTurn(most: number, mostOf: (group: QuotaGroup) => number): Waiter[] {
    const cursors = this.#cursors();
    const places = this.turns.plan();
    const left = new Map<QuotaGroup, number>();
    const blocked = new Map<QuotaGroup, number>();
    const block = (group: QuotaGroup): void => void blocked.set(group, lookahead + 1);
    const chosen: Waiter[] = [];
    while (chosen.length < most) {
      const found = nextInTurn(cursors, places, blocked);
      if (!found) break;
      const { cursor, waiter } = found;
      const { group, priority } = waiter;
      const leftOfGroup = left.get(group) ?? mostOf(group);
      if (leftOfGroup <= 0) {
        block(group);
        continue;
      }
      cursor.next = waiter.next;
      places[priority as 0] += stride(priority);
      chosen.push(waiter);
      left.set(group, leftOfGroup - 1);
      if (leftOfGroup === 1) block(group);
    }
    return chosen;
  }

  /** Those with waiters. */
  get groups(): ReadonlySet<QuotaGroup> {
    return this.#groups;
  }

  #cursors(): readonly (readonly Cursor[])[] {
    return [0, 1, 2].map((priority) =>
      Array.from(this.#groups, (group): Cursor => ({ group, next: group.lanes[priority as 0]?.first })),
    );
  }

  /** Lets go whoever can. Gives the time at which to look again; undefined where nobody waits for a time. */
  admit(nowMs: number): number | undefined {
    const cursors = this.#cursors();
    const places = this.turns.plan();
    const blocked = new Map<QuotaGroup, number>();
    const held: Held[] = [];
    let againMs: number | undefined;
    for (;;) {
      const found = nextInTurn(cursors, places, blocked);
      if (!found) return againMs;
      const { cursor, waiter } =
        (this.#groups.size > 1 && dueBefore(found, cursors, blocked, nowMs)) || found;
      const { group, priority, tokens } = waiter;
      cursor.next = waiter.next;
      places[priority as 0] += stride(priority);
      const atMs = group.roomAtMs(tokens, nowMs);
      if (atMs <= nowMs && !putsOff(held, group, tokens, nowMs)) {
        this.remove(waiter);
        group.take(tokens, nowMs);
        this.turns.went(priority);
        for (const { line } of group.meters) line?.turns.went(priority);
        waiter.scheduler.admitted(waiter, nowMs);
        continue;
      }
      if (atMs > nowMs) againMs = againMs === undefined ? atMs : Math.min(againMs, atMs);
      const before = blocked.get(group) ?? 0;
      if (before === 0) held.push({ group, tokens, atMs });
      blocked.set(group, before + 1);
    }
  }

  /** Whether a call that came just now, and waits behind nobody of its own, would put off one that waits. */
  wouldPutOff(group: QuotaGroup): boolean {
    for (const other of this.#groups) if (other.shares(group)) return true;
    return false;
  }
}

function nextInTurn(
  cursors: readonly (readonly Cursor[])[],
  places: readonly number[],
  blocked: ReadonlyMap<QuotaGroup, number>,
): { cursor: Cursor; waiter: Waiter } | undefined {
  let found: { cursor: Cursor; waiter: Waiter } | undefined;
  let place = Number.POSITIVE_INFINITY;
  for (const [priority, lanes] of cursors.entries()) {
    const own = places[priority] ?? 0;
    if (own >= place) continue;
    const first = firstOf(lanes, blocked);
    if (!first) continue;
    found = first;
    place = own;
  }
  return found;
}

/** The one that came first of those in a priority, leaving out groups of which enough cannot go. */
function firstOf(
  lanes: readonly Cursor[],
  blocked: ReadonlyMap<QuotaGroup, number>,
): { cursor: Cursor; waiter: Waiter } | undefined {
  let first: { cursor: Cursor; waiter: Waiter } | undefined;
  for (const cursor of lanes) {
    const waiter = cursor.next;
    if (!waiter || (blocked.get(cursor.group) ?? 0) > lookahead) continue;
    if (!first || waiter.sequence < first.waiter.sequence) first = { cursor, waiter };
  }
  return first;
}

/**
 * Of two calls that one meter has no room for both, the one whose turn it is there, where that is not the one whose turn
 * it is among all. Otherwise what goes of other groups would count as a turn here, where it took nothing away.
 */
function dueBefore(
  { waiter }: { waiter: Waiter },
  cursors: readonly (readonly Cursor[])[],
  blocked: ReadonlyMap<QuotaGroup, number>,
  nowMs: number,
): { cursor: Cursor; waiter: Waiter } | undefined {
  const { group, priority, tokens } = waiter;
  if (group.roomAtMs(tokens, nowMs) > nowMs) return undefined;
  for (const meter of group.meters) {
    if (!meter.line) continue;
    const { turns, waiting } = meter.line;
    const places = turns.plan();
    const own = places[priority as 0];
    for (const [other, place] of places.entries()) {
      if (other === priority || !waiting[other] || place > own || (place === own && other > priority))
        continue;
      const lanes =
        cursors[other]?.filter((cursor) => cursor.next && cursor.group.meters.includes(meter)) ?? [];
      const rival = firstOf(lanes, blocked);
      if (!rival || rival.waiter.group.roomAtMs(rival.waiter.tokens, nowMs) > nowMs) continue;
      const both = meter.roomAtMs(meter.amountOf(tokens), meter.amountOf(rival.waiter.tokens), nowMs);
      if (both > nowMs) return rival;
    }
  }
  return undefined;
}

function putsOff(held: readonly Held[], group: QuotaGroup, tokens: number, nowMs: number): boolean {
  for (const one of held) {
    for (const meter of one.group.meters) {
      if (!group.meters.includes(meter)) continue;
      if (meter.roomAtMs(meter.amountOf(tokens), meter.amountOf(one.tokens), nowMs) > one.atMs) return true;
    }
  }
  return false;
}
