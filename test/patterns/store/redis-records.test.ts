import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RedisRecordsOptions, redisRecords } from '../../../src/patterns/index.ts';
import type { RedisClient } from '../../../src/redis-script.ts';
import { hasRedis, type RedisServer, startRedis, until } from '../../admit/redis/redis-server.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

describe.skipIf(!hasRedis)('records in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let keys = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = server.client();
  });
  afterAll(() => server.stop());

  const open = (options: Partial<RedisRecordsOptions> = {}) => {
    const key = options.key ?? `own ${keys++}`;
    return { key, store: redisRecords(server.client(), { ...options, key }) };
  };

  test('have the key as their hash tag, and nothing else is there', async () => {
    const { key, store } = open();
    const hold = await store.hold('{b}');
    await store.write('{b}', 1);
    expect((await redis.keys(`*${key}*`)).toSorted()).toEqual([
      `{${key}}:hold:{b}`,
      `{${key}}:record:{b}`,
      `{${key}}:records`,
    ]);
    await hold.release();
    await store.delete('{b}');
    expect(await redis.keys(`*${key}*`)).toEqual([]);
  });

  test('that are damaged or newer are named and left as they are, and keep nobody from the others', async () => {
    const { key, store } = open();
    const at = `{${key}}:record:a`;
    const damages: readonly (() => Promise<unknown>)[] = [
      () => redis.set(at, 'text'),
      () => redis.hset(at, { f: '1', r: '1' }),
      () => redis.hset(at, { r: '1', v: '1' }),
      () => redis.hset(at, { f: 'x', r: '1', v: '1' }),
      () => redis.hset(at, { f: '1', r: '1', v: '{"tur' }),
    ];
    await store.write('other', 'kept');
    for (const damage of damages) {
      await store.write('a', 1);
      await redis.del(at);
      await damage();
      await expect(store.read('a')).rejects.toMatchObject({ code: 'record_damaged' });
      expect((await store.list()).map(({ id }) => id)).toEqual(['a', 'other']);
      expect((await store.read('other'))?.value).toBe('kept');
    }
    await redis.del(at);
    await redis.set(at, 'text');
    for (const revision of [null, '1'])
      await expect(store.write('a', 2, revision)).rejects.toMatchObject({ code: 'record_damaged' });
    expect(await redis.get(at)).toBe('text');
    expect(await store.delete('a')).toBe(true);

    await redis.hset(at, { f: '2', r: '1', v: '1' });
    await expect(store.read('a')).rejects.toMatchObject({ code: 'record_newer' });
    for (const revision of [undefined, null, '1'])
      await expect(store.write('a', 2, revision)).rejects.toMatchObject({
        code: 'record_newer',
        message: expect.stringContaining('version 2, and this Telltale knows 1'),
      });
    expect(await redis.hgetall(at)).toEqual({ f: '2', r: '1', v: '1' });
  });

  test('have revisions that do not come again when Redis has forgotten', async () => {
    const { store } = open();
    const first = await store.write('a', 1);
    await redis.flushall();
    expect(await store.write('a', 1, null)).not.toBe(first);
    await expect(store.write('a', 2, first)).rejects.toMatchObject({ code: 'record_conflict' });
  });

  test('a hold is renewed while it is held, and free when its lease has ended', async () => {
    const clock = { ...createFakeClock(), random: () => 0.5 };
    const { key, store } = open({ clock, leaseMs: 1_000, timeoutMs: 10_000 });
    const other = open({ key, leaseMs: 1_000 }).store;
    await redis.ping();
    const hold = await store.hold('a');
    const at = `{${key}}:hold:a`;
    await redis.pexpire(at, 100_000);
    clock.advance(400);
    await until('it is renewed', async () => (await redis.pttl(at)) <= 1_000);
    // Its holder is paused now: no time passes for it.
    const next = await other.hold('a');
    const revision = await other.write('a', 'of the next', null);
    // It goes on, and neither renews nor releases what is no longer its own.
    clock.advance(400);
    await hold.release();
    await expect(other.hold('a', { waitMs: 0 })).rejects.toMatchObject({ code: 'record_locked' });
    await expect(store.write('a', 'of the one before', null)).rejects.toMatchObject({
      code: 'record_conflict',
    });
    expect(await other.read('a')).toEqual({ value: 'of the next', revision });
    await next.release();
    expect(await redis.exists(at)).toBe(0);
    expect(clock.waiting()).toBe(0);
  });

  test('say so when Redis is gone, and go on when it is back', { timeout: 30_000 }, async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const store = redisRecords(own.client(), { key: 'k', timeoutMs: 300 });
    const hold = await store.hold('held');
    await store.write('a', 1);
    await own.kill();
    for (const work of [
      () => store.read('a'),
      () => store.write('a', 2),
      () => store.delete('a'),
      () => store.list(),
      () => store.hold('b'),
    ])
      await expect(work()).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringMatching(/^Redis, which keeps these records, cannot be asked: /),
      });
    await hold.release();
    await own.start();
    await until('it is back', () =>
      store.list().then(
        () => true,
        () => false,
      ),
    );
    // It has forgotten all. What was refused may have been done yet, but holds nothing.
    expect([undefined, 2]).toContain((await store.read('a'))?.value);
    await (await store.hold('b', { waitMs: 0 })).release();
    await (await store.hold('held', { waitMs: 0 })).release();
  });

  test('leave nothing held by a hold that was refused, though the client asks for it later', async () => {
    const sent: string[] = [];
    let status = 'ready';
    const client: RedisClient = {
      get status() {
        return status;
      },
      evalsha: (_hash, _keys, _key, argument) => {
        sent.push(argument ?? '');
        // The connection is lost while it is under way: ioredis keeps it and sends it again.
        status = 'reconnecting';
        return new Promise(() => {});
      },
      eval: async () => 1,
    };
    const clock = { ...createFakeClock(), random: () => 0.5 };
    const hold = redisRecords(client, { key: 'k', clock }).hold('a');
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
    await expect(hold).rejects.toMatchObject({ code: 'store_unavailable' });
    const [take, release] = sent.map((argument) => JSON.parse(argument) as { op: string; token: string });
    expect([take?.op, release?.op]).toEqual(['take', 'release']);
    expect(release?.token).toBe(take?.token);
  });

  test('tell what Redis said when it refuses', async () => {
    const refusing: RedisClient = {
      evalsha: async () => {
        throw new Error('OOM command not allowed');
      },
      eval: async () => 1,
    };
    const error = await redisRecords(refusing, { key: 'k' })
      .write('a', 1)
      .catch((each: unknown) => each);
    expect(error).toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('OOM command not allowed'),
      cause: expect.objectContaining({ message: 'OOM command not allowed' }),
    });
  });

  test.each([
    [null],
    ['OK'],
    [1.5],
    [[null]],
    [['whole', 1]],
    [['whole']],
    [['none', ['x']]],
    [{ whole: 1 }],
  ])('take %j, which is no answer, for none', async (answer) => {
    const babbling: RedisClient = { evalsha: async () => answer, eval: async () => answer };
    const store = redisRecords(babbling, { key: 'k' });
    for (const ask of [
      () => store.read('a'),
      () => store.write('a', 1),
      () => store.delete('a'),
      () => store.hold('a'),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'store_unavailable' });
    if (!Array.isArray(answer) || typeof answer[0] !== 'string')
      await expect(store.list()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('take numbers as texts, if the client is told to give them so', async () => {
    const { host = '', port = 0 } = server.client().options;
    const client = new Redis({ host, port, stringNumbers: true });
    onTestFinished(() => client.disconnect());
    const store = redisRecords(client, { key: 'texts' });
    await store.write('a', 1);
    await (await store.hold('a', { waitMs: 0 })).release();
    await (await store.hold('a', { waitMs: 0 })).release();
    expect((await store.list()).map(({ id }) => id)).toEqual(['a']);
    expect([await store.delete('a'), await store.delete('a')]).toEqual([true, false]);
  });

  test('end a wait with the reason of its signal though Redis says nothing, and keep nothing that it gave later', async () => {
    const clock = { ...createFakeClock(), random: () => 0.5 };
    const asked: string[] = [];
    let answer: (taken: number) => void = () => {};
    const slow: RedisClient = {
      evalsha: (...args) => {
        const { op } = JSON.parse(String(args.at(-1))) as { op: string };
        asked.push(op);
        return op === 'take' ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(1);
      },
      eval: async () => 1,
    };
    const caller = new AbortController();
    const hold = redisRecords(slow, { key: 'k', clock }).hold('a', { signal: caller.signal });
    await expect.poll(() => asked).toEqual(['take']);
    caller.abort(new Error('left'));
    await expect(hold).rejects.toThrow('left');
    answer(1);
    await expect.poll(() => asked).toEqual(['take', 'release']);
    expect(clock.waiting()).toBe(0);
  });

  test('do not wait for an answer that never comes', async () => {
    const clock = { ...createFakeClock(), random: () => 0.5 };
    const silent: RedisClient = { evalsha: () => new Promise(() => {}), eval: async () => 1 };
    const read = redisRecords(silent, { key: 'k', clock }).read('a');
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
    await expect(read).rejects.toThrow('it did not answer within 5000 ms');
  });
});

test('redisRecords refuses what is no client and no option', () => {
  const client: RedisClient = { evalsha: async () => 1, eval: async () => 1 };
  expect(() => redisRecords({} as never, { key: 'k' })).toThrow('Expected `client` to be an ioredis client');
  const wrong: readonly (readonly [object, string])[] = [
    [{}, 'options.key'],
    [{ key: 'a{b}' }, 'options.key'],
    [{ key: 'k', timeoutMs: 1 }, 'options.timeoutMs'],
    [{ key: 'k', leaseMs: 100 }, 'options.leaseMs'],
    [{ key: 'k', leaseMs: 1_000.5 }, 'options.leaseMs'],
    [{ key: 'k', clock: 1 }, 'options.clock'],
    [{ key: 'k', lease: 1 }, 'options.lease'],
  ];
  for (const [options, told] of wrong) expect(() => redisRecords(client, options as never)).toThrow(told);
});
