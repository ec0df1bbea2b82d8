import type { StoreMeter, StoreRequest } from '../shared/store.ts';

/** What the script takes: keys, and one argument. Places count from 1 there. */
export function argumentOf(request: StoreRequest): {
  readonly meters: readonly StoreMeter[];
  readonly argument: string;
} {
  const meters = [...request.meters];
  const places = new Map(meters.map((meter, index) => [meter.name, index]));
  const placeOf = (meter: StoreMeter): number => {
    const known = places.get(meter.name);
    if (known !== undefined) return known + 1;
    places.set(meter.name, meters.length);
    return meters.push(meter);
  };
  const corrections = request.corrections.map(({ meter, takenMs, difference, isRelease }) => [
    placeOf(meter),
    takenMs,
    difference,
    isRelease ? 1 : 0,
  ]);
  const told = request.told.map(({ meter, atLeast, leavesInMs }) => [placeOf(meter), atLeast, leavesInMs]);
  const argument = JSON.stringify({
    id: request.id,
    epoch: request.epoch,
    keptMs: Math.ceil(request.keptMs),
    storeMs: request.storeMs,
    sinceMs: request.sinceMs,
    meters: meters.map((meter) => [
      meter.quota,
      meter.ofRequests ? 1 : 0,
      meter.widthMs,
      meter.parts,
      meter.capacity,
      meter.perMs,
      meter.share,
      meter.shareWidthMs,
      meter.shareParts,
    ]),
    groups: request.groups.map((group) => group.map((place) => place + 1)),
    waiters: request.waiters.map(({ group, priority, tokens, ageMs }) => [
      group + 1,
      priority + 1,
      tokens,
      ageMs,
    ]),
    waiting: request.lanes.map(({ group, priority, count, tokens, ageMs, sumTokens }) => [
      group + 1,
      priority + 1,
      count,
      tokens,
      ageMs,
      sumTokens,
    ]),
    leases: request.leases.map(({ group, count, tokens }) => [group + 1, count, tokens]),
    corrections,
    told,
    batch: request.batch,
    shadow: request.isShadow ? 1 : 0,
    beat: request.isBeat ? 1 : 0,
    bye: request.isBye ? 1 : 0,
  });
  return { meters, argument };
}

/** All in one hash tag, so that a cluster holds them in one place. */
export function keysOf(key: string, id: string, meters: readonly StoreMeter[]): readonly string[] {
  const prefix = `telltale:{${key}}`;
  return [
    `${prefix}:fleet`,
    `${prefix}:demand`,
    `${prefix}:live`,
    `${prefix}:batch:${id}`,
    ...meters.map(({ name }) => `${prefix}:limit:${name}`),
  ];
}
