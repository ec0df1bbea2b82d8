import { checkBoolean, checkClock, checkNumber, checkObject, checkOneOf, invalidOption } from '../check.ts';
import type { Clock } from '../clock.ts';
import { checkLimits } from './check-limits.ts';
import type { CheckedLimit, Limit, LimitMode } from './limit.ts';
import type { LimitPreset } from './limit-presets.ts';
import { isSharedStore, type SharedStore } from './shared/store.ts';

/** How many calls may wait, and who has to go when there are more. */
export interface QueueOptions {
  /** The most calls that wait at once. An integer of at least 0; with 0 nothing waits. @default 10_000 */
  readonly maxWaiting?: number;
  /** A call that would wait longer is refused at once. Milliseconds, at least 0. @default no bound */
  readonly maxWaitMs?: number;
  /**
   * Who is refused when `maxWaiting` wait: the call that comes, or the last to come of those of a lower priority (and
   * the call that comes, where there are none). @default 'newest'
   */
  readonly whenFull?: 'newest' | 'lowest';
}

/** What a limiter holds, how strictly, and with whom it shares it. */
export interface LimiterOptions {
  /**
   * At least one. A call goes when every one that is for it allows, and takes from all or from none. A preset is a place to
   * start for the models that it names, and holds no other: see `LimitPreset`.
   */
  readonly limits: readonly Limit[] | LimitPreset;
  /** @default 'strict' */
  readonly mode?: LimitMode;
  /** How many calls may wait, and how long. @default at most 10,000, for as long as it takes */
  readonly queue?: QueueOptions;
  /**
   * Decides and counts, and holds nobody: how many would have waited or been refused is in `stats().shadow`. With a `store`
   * by what all its processes have used, of which what goes here is a part; no call waits for the store's answer.
   * @default false
   */
  readonly shadow?: boolean;
  /**
   * Where the limits are held, for several processes that share them: `redisStore(client, { key })`. Each of them has to
   * name the same limits and the same mode. @default in this process
   */
  readonly store?: SharedStore;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

export interface CheckedOptions {
  readonly limits: readonly CheckedLimit[];
  readonly mode: LimitMode;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  readonly whenFull: 'newest' | 'lowest';
  readonly shadow: boolean;
  readonly store: SharedStore | undefined;
  readonly clock: Clock | undefined;
}

const known = [
  'limits',
  'mode',
  'queue',
  'shadow',
  'store',
  'clock',
] as const satisfies readonly (keyof LimiterOptions)[];

/** @throws TelltaleError `invalid_option` */
export function checkStore(path: string, store: unknown): SharedStore {
  if (isSharedStore(store)) return store;
  throw invalidOption(path, 'a store that `redisStore` made', store);
}

/** @throws TelltaleError `invalid_option` */
export function checkLimiterOptions(given: unknown): CheckedOptions {
  const options = checkObject('options', given, known);
  const { queue: givenQueue = {} } = options;
  const queue = checkObject('options.queue', givenQueue, ['maxWaiting', 'maxWaitMs', 'whenFull']);
  const { mode = 'strict', shadow = false, store, clock } = options;
  const { maxWaiting = 10_000, maxWaitMs, whenFull = 'newest' } = queue;
  return {
    limits: checkLimits('options.limits', options['limits']),
    mode: checkOneOf('options.mode', mode, ['strict', 'mirror', 'smooth']),
    maxWaiting: checkNumber('options.queue.maxWaiting', maxWaiting, { min: 0, integer: true }),
    maxWaitMs:
      maxWaitMs === undefined
        ? Number.POSITIVE_INFINITY
        : checkNumber('options.queue.maxWaitMs', maxWaitMs, { min: 0 }),
    whenFull: checkOneOf('options.queue.whenFull', whenFull, ['newest', 'lowest']),
    shadow: checkBoolean('options.shadow', shadow),
    store: store === undefined ? undefined : checkStore('options.store', store),
    clock: clock === undefined ? undefined : checkClock('options.clock', clock),
  };
}
