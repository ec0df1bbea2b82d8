import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../../check.ts';
import { type RedisClient, ScriptCaller } from '../../redis-script.ts';
import { markAsStore } from '../shared/mark-as-store.ts';
import type { LeaseOptions, WhenDown } from '../shared/options.ts';
import type { SharedStore } from '../shared/store.ts';
import { admitScript } from './admit-script.ts';
import { argumentOf, keysOf } from './encode.ts';
import { readReply } from './read-reply.ts';

/** Who shares the limits in a Redis, and what happens while it does not answer. */
export interface RedisStoreOptions {
  /** What the processes that share limits have in common. It is the hash tag of every key. A non-empty text without braces. */
  readonly key: string;
  /**
   * While Redis does not answer: hold a share of each limit here, as many as there were processes when it last answered;
   * refuse with `store_unavailable`; or let everything go. @default 'local-share'
   */
  readonly whenDown?: WhenDown;
  /** How long to wait for an answer, in milliseconds, from 10 to 60 000. @default 1_000 */
  readonly timeoutMs?: number;
  /** `false` asks Redis for every call. @default { maxCalls: 64, maxShare: 0.05, ttlMs: 250 } */
  readonly lease?: LeaseOptions | false;
}

/** The limits' part of `redisStore`. @throws TelltaleError `invalid_option` */
export function redisStore(client: RedisClient, options: RedisStoreOptions): SharedStore {
  if (typeof client?.evalsha !== 'function' || typeof client.eval !== 'function')
    throw invalidOption('client', 'an ioredis client', client);
  const checked = checkObject('options', options, ['key', 'whenDown', 'timeoutMs', 'lease']);
  const { whenDown = 'local-share', timeoutMs = 1_000, lease = {} } = checked;
  const key = checkString('options.key', checked['key']);
  if (/[{}]/.test(key)) throw invalidOption('options.key', 'a text without braces', key);
  const caller = new ScriptCaller(client, admitScript);
  return markAsStore({
    whenDown: checkOneOf('options.whenDown', whenDown, ['local-share', 'closed', 'open']),
    timeoutMs: checkNumber('options.timeoutMs', timeoutMs, { min: 10, max: 60_000 }),
    lease: lease === false ? false : checkLease(lease),
    isReachable: () => caller.isReachable(),
    async exchange(request) {
      const { meters, argument } = argumentOf(request);
      return readReply(await caller.call(keysOf(key, request.id, meters), argument), request);
    },
  });
}

function checkLease(given: unknown): Required<LeaseOptions> {
  const lease = checkObject('options.lease', given, ['maxCalls', 'maxShare', 'ttlMs']);
  const { maxCalls = 64, maxShare = 0.05, ttlMs = 250 } = lease;
  const share = checkNumber('options.lease.maxShare', maxShare, { min: 0, max: 1 });
  if (share === 0) throw invalidOption('options.lease.maxShare', 'above 0', share);
  return {
    maxCalls: checkNumber('options.lease.maxCalls', maxCalls, { min: 1, integer: true }),
    maxShare: share,
    ttlMs: checkNumber('options.lease.ttlMs', ttlMs, { min: 10, max: 250 }),
  };
}
