import { createHash } from 'node:crypto';
import type { LimitMode } from '../limit.ts';
import type { Meter } from '../meter.ts';
import { guardMsOf, widthMsOf } from '../window-ring.ts';
import type { LeaseOptions } from './options.ts';
import type { StoreMeter } from './store.ts';

const secondMs = 1_000;
const longestSmoothMs = 3_600_000;
/** Windows shorter than this have no leases. */
const shortestLeasedMs = 10_000;

/**
 * How many parts are held together. A window touches one more part than it has; requests may come nearer to each other
 * on their way by the guard; and what a lease took may be spent up to one part later, so that is held as well, whether or
 * not this process has leases: all that share a ring must agree on it.
 */
function partsOf(windowMs: number): number {
  const widthMs = widthMsOf(windowMs);
  return (
    Math.ceil((windowMs + guardMsOf(windowMs)) / widthMs - 1e-9) + 1 + (windowMs >= shortestLeasedMs ? 1 : 0)
  );
}

/**
 * What the store calls a meter. Names stand in lists of keys, slow logs and dumps, so whose it is stands there as a digest:
 * of the limit too, so that keys of one user are not known by each other.
 */
function nameOf({ limit, owner }: Meter): string {
  if (owner === '') return limit.name;
  const digest = createHash('sha256')
    .update(`${limit.name.length} ${limit.name}${owner}`)
    .digest('base64url');
  return `${limit.name} ${digest.slice(0, 22)}`;
}

/** Gives the shape of each meter as it is now; its name is worked out once. */
export function shapesOf(
  mode: LimitMode,
  lease: Required<LeaseOptions> | false,
): (meter: Meter) => StoreMeter {
  const names = new WeakMap<Meter, string>();
  return (meter) => {
    let name = names.get(meter);
    if (name === undefined) {
      name = nameOf(meter);
      names.set(meter, name);
    }
    return shapeOf(meter, mode, lease, name);
  };
}

/** How the store holds a meter. */
export function shapeOf(
  meter: Meter,
  mode: LimitMode,
  lease: Required<LeaseOptions> | false,
  name = nameOf(meter),
): StoreMeter {
  const { limit, quota, ofRequests } = meter;
  const { windowMs, burst } = limit;
  const widthMs = widthMsOf(windowMs);
  const isRing = mode !== 'mirror';
  const parts = isRing ? partsOf(windowMs) : 0;
  const perMs = quota / (isRing ? parts * widthMs : windowMs);
  // What is spent late is refilled by then in the provider's own bucket, which may have been full meanwhile.
  const spentLater = !isRing && lease && windowMs >= shortestLeasedMs ? perMs * lease.ttlMs : 0;
  const hasSecond = mode === 'smooth' && windowMs > secondMs && windowMs <= longestSmoothMs;
  return {
    name,
    quota,
    ofRequests,
    widthMs,
    parts,
    capacity: isRing && burst === undefined ? 0 : Math.max(Math.min(meter.capacity, quota - spentLater), 1),
    perMs,
    share: hasSecond ? Math.max((quota * secondMs) / windowMs, 1) : 0,
    shareWidthMs: widthMsOf(secondMs),
    shareParts: partsOf(secondMs),
  };
}

/** How long the longest window is held. */
export function keptMsOf(windowsMs: readonly number[]): number {
  return Math.max(...windowsMs.map((windowMs) => partsOf(windowMs) * widthMsOf(windowMs))) + 60_000;
}

/** How long a lease of a group may be spent; 0 where it may have none. */
export function leaseTtlMs(
  meters: readonly Meter[],
  mode: LimitMode,
  lease: Required<LeaseOptions> | false,
): number {
  if (!lease || mode === 'smooth' || meters.some(({ limit }) => limit.windowMs < shortestLeasedMs)) return 0;
  return Math.min(lease.ttlMs, ...meters.map(({ limit }) => widthMsOf(limit.windowMs)));
}
