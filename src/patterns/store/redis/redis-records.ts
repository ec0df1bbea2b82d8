import { checkClock, checkNumber, checkObject, checkString, invalidOption } from '../../../check.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import type { RedisClient } from '../../../redis-script.ts';
import { checkPrefix, checkRecordId, jsonOf, waitOf } from '../record-checks.ts';
import { recordConflict, recordDamaged, recordNewer } from '../record-faults.ts';
import type { RecordStore, StoredRecord } from '../record-store.ts';
import { Tokens } from '../tokens.ts';
import { Asking, isDone, nonsense, textsOf } from './asking.ts';
import { listScript, recordScript, redisFormat } from './record-scripts.ts';
import { RedisHolds } from './redis-holds.ts';

/** Who shares the records in a Redis, and how long is waited for it. */
export interface RedisRecordsOptions {
  /** What the processes that share the records have in common. It is the hash tag of every key. A non-empty text without braces. */
  readonly key: string;
  /** How long to wait for an answer, in milliseconds, from 10 to 60 000. @default 5_000 */
  readonly timeoutMs?: number;
  /** After how long the hold of a process that was killed is free, in milliseconds, from 1 000 to 60 000. @default 30_000 */
  readonly leaseMs?: number;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/**
 * Keeps records in Redis or Valkey, for all processes with the same `key`. It opens and closes no connection: the client is
 * the application's. Redis must be set to keep what it holds (`appendonly yes`, `maxmemory-policy noeviction`). While it
 * does not answer, everything but `release` throws `store_unavailable`. Keys hold the ids of records.
 *
 * @param client an ioredis client, or one of its clusters
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const store = redisRecords(new Redis('redis://localhost:6379'), { key: 'acme' });
 * const chat = await conversation({ client: openai, id: 'u-42', model: 'gpt-5-mini', store });
 * ```
 */
export function redisRecords(client: RedisClient, options: RedisRecordsOptions): RecordStore {
  if (typeof client?.evalsha !== 'function' || typeof client.eval !== 'function')
    throw invalidOption('client', 'an ioredis client', client);
  const given = checkObject('options', options, ['key', 'timeoutMs', 'leaseMs', 'clock']);
  const { timeoutMs = 5_000, leaseMs = 30_000 } = given;
  const key = checkString('options.key', given['key']);
  if (/[{}]/.test(key)) throw invalidOption('options.key', 'a text without braces', key);
  const clock = given['clock'] === undefined ? systemClock : checkClock('options.clock', given['clock']);
  const asking = new Asking(
    client,
    clock,
    checkNumber('options.timeoutMs', timeoutMs, { min: 10, max: 60_000 }),
  );
  const lease = checkNumber('options.leaseMs', leaseMs, { min: 1_000, max: 60_000, integer: true });
  const tokens = new Tokens(clock);
  const askRecord = asking.script(recordScript);
  const askList = asking.script(listScript);
  const indexKey = `{${key}}:records`;
  const keysOf = (id: string): readonly string[] => [`{${key}}:record:${id}`, indexKey];
  const holds = new RedisHolds(asking, tokens, {
    clock,
    leaseMs: lease,
    keyOf: (id) => `{${key}}:hold:${id}`,
  });

  function fault(id: string, [state, format]: readonly string[]): Error {
    if (state === 'conflict') return recordConflict(id);
    if (state === 'newer') return recordNewer(id, Number(format), redisFormat);
    if (state !== 'damaged') return nonsense();
    return recordDamaged(id, `the key \`${keysOf(id)[0]}\` holds no record`);
  }

  return {
    read: async (id) => {
      const answer = await askRecord(keysOf(checkRecordId(id)), `${JSON.stringify({ op: 'read' })}\n`);
      const texts = textsOf(answer);
      const [state, revision, json] = texts;
      if (state === 'none') return undefined;
      if (state !== 'whole' || revision === undefined || json === undefined) throw fault(id, texts);
      return { value: parsed(id, json), revision };
    },
    write: async (id, value, revision) => {
      checkRecordId(id);
      const json = jsonOf(value);
      const expects = revision === undefined ? 'any' : revision === null ? 'none' : 'revision';
      const head = { op: 'write', id, expects, revision: revision ?? '', token: tokens.next() };
      const answer = textsOf(await askRecord(keysOf(id), `${JSON.stringify(head)}\n${json}`));
      const [state, next] = answer;
      if (state !== 'written' || next === undefined) throw fault(id, answer);
      return next;
    },
    delete: async (id) => {
      const head = JSON.stringify({ op: 'delete', id: checkRecordId(id) });
      return isDone(await askRecord(keysOf(id), `${head}\n`));
    },
    list: async (prefix = '') => {
      const found = textsOf(await askList([indexKey], checkPrefix(prefix)));
      return found.flatMap((id, at) => {
        if (at % 2 === 1) return [];
        const stamp = Number(found[at + 1]);
        if (!Number.isFinite(stamp)) throw nonsense();
        return [{ id, changedMs: Math.floor(stamp / 1_000) }];
      });
    },
    hold: async (id, holdOptions) => await holds.take(checkRecordId(id), waitOf(clock, holdOptions)),
  };
}

function parsed(id: string, json: string): StoredRecord['value'] {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw recordDamaged(id, 'its value in Redis is no JSON', cause);
  }
}
