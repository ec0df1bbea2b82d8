import type { Meter } from '../meter.ts';
import type { QuotaGroup } from '../quota-group.ts';
import type { Waiter } from '../waiting-lane.ts';
import type { WaitingRoom } from '../waiting-room.ts';
import type { AskTimes } from './ask-times.ts';
import type { LeaseWish, StoreLane, StoreMeter, StoreReply, StoreRequest, StoreWaiter } from './store.ts';

const mostWaiters = 64;
/** Where several groups wait, so many of each. */
const mostOfGroup = 17;
/** Groups that are known to have no room are told of by their first, so that nobody puts that off. */
const mostBlocked = 16;

/** What is asked of the store, and who stands behind it. */
export interface Question {
  readonly waiters: readonly Waiter[];
  readonly groups: readonly QuotaGroup[];
  readonly meters: readonly Meter[];
  /** Limits of which it tells what the provider counts. */
  readonly told: readonly Meter[];
  readonly content: Pick<StoreRequest, 'meters' | 'groups' | 'waiters' | 'lanes' | 'leases'>;
}

/** Who is asked for: those whose turn is next, leaving out those who are known to have none yet. Of a shadow nobody is held. */
export function chooseWaiters(
  room: WaitingRoom,
  times: AskTimes,
  isShadow: boolean,
  nowMs: number,
): readonly Waiter[] {
  if (isShadow) return room.inTurn(mostWaiters, () => mostWaiters);
  const isAlone = room.groups.size === 1;
  let blocked = 0;
  return room.inTurn(mostWaiters, (group) => {
    const leave = group.gate.leave(nowMs);
    if (leave === 0) return 0;
    if (!isAlone && times.isBlocked(group, nowMs)) return blocked++ < mostBlocked ? 1 : 0;
    return Math.min(leave, isAlone ? mostWaiters : mostOfGroup);
  });
}

export function askFor(
  waiters: readonly Waiter[],
  shape: (meter: Meter) => StoreMeter,
  wish: (group: QuotaGroup) => Omit<LeaseWish, 'group'> | undefined,
  nowMs: number,
): Question {
  const groups = [...new Set(waiters.map(({ group }) => group))];
  const meters = [...new Set(groups.flatMap((group) => group.meters))];
  const places = new Map(groups.map((group, place) => [group, place]));
  const placeOf = (group: QuotaGroup): number => places.get(group) ?? 0;
  const leases: LeaseWish[] = [];
  const lanes: StoreLane[] = [];
  for (const [place, group] of groups.entries()) {
    const wished = wish(group);
    if (wished) leases.push({ group: place, ...wished });
    for (const [priority, { first, length, tokens }] of group.lanes.entries()) {
      if (!first) continue;
      const ageMs = nowMs - first.enqueuedMs;
      lanes.push({
        group: place,
        priority,
        count: length,
        tokens: first.tokens,
        ageMs,
        sumTokens: tokens,
      });
    }
  }
  const meterPlaces = new Map(meters.map((meter, place) => [meter, place]));
  return {
    waiters,
    groups,
    meters,
    told: [],
    content: {
      meters: meters.map(shape),
      groups: groups.map((group) => group.meters.map((meter) => meterPlaces.get(meter) ?? 0)),
      waiters: waiters.map(
        ({ group, priority, tokens, enqueuedMs }): StoreWaiter => ({
          group: placeOf(group),
          priority,
          tokens,
          ageMs: nowMs - enqueuedMs,
        }),
      ),
      lanes,
      leases,
    },
  };
}

/** What an answer grants ahead. */
export function leasesIn(question: Question, request: StoreRequest, reply: StoreReply) {
  return request.leases.flatMap(({ group: place }, index) => {
    const group = question.groups[place];
    const { count = 0, tokens = 0 } = reply.leases[index] ?? {};
    return group ? [{ group, count, tokens }] : [];
  });
}
