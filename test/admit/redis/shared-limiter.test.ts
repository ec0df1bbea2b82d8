import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Limit } from '../../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import type { Permit } from '../../../src/admit/permit.ts';
import { type RedisStoreOptions, redisStore } from '../../../src/admit/redis/redis-store.ts';
import type { RedisClient } from '../../../src/limiter.ts';
import { hasRedis, type RedisServer, startRedis, until } from './redis-server.ts';

let server: RedisServer;
let keys = 0;

beforeAll(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

const newKey = (): string => `test ${keys++}`;

function newLimiter(
  key: string,
  limits: readonly Limit[],
  options: Partial<RedisStoreOptions> = {},
): Limiter {
  return createLimiter({ limits, store: redisStore(server.client(), { key, ...options }) });
}

/** Asks so often at once; those that go are in the list by and by. */
function askMany(limiter: Limiter, count: number, request: Parameters<Limiter['acquire']>[0] = {}): Permit[] {
  const went: Permit[] = [];
  for (let index = 0; index < count; index++)
    limiter.acquire(request).then(
      (permit) => went.push(permit),
      () => {},
    );
  return went;
}

const waitingIn = (limiter: Limiter): number => {
  const { high, medium, low } = limiter.stats().waiting;
  return high + medium + low;
};

const used = (limiter: Limiter): number => limiter.stats().limits[0]?.used ?? Number.NaN;

/** Everybody has been asked for, and the store has said what it says. */
const asked = (limiter: Limiter, trips: number): Promise<void> =>
  until('a round trip more', () => (limiter.stats().store?.roundTrips ?? 0) > trips);

describe.skipIf(!hasRedis)('two limiters with one key', () => {
  test('hold a limit together', async () => {
    const key = newKey();
    const limits: Limit[] = [{ requests: 10, per: 'minute' }];
    const [one, other] = [newLimiter(key, limits), newLimiter(key, limits)];
    const went = [askMany(one, 8), askMany(other, 8)];
    await until('10 to go', () => went.flat().length === 10);
    // Either may be heard first, and have nothing more to ask for.
    const waits = waitingIn(other) > 0 ? other : one;
    await asked(waits, waits.stats().store?.roundTrips ?? 0);
    expect(went.flat().length).toBe(10);
    expect(waitingIn(one) + waitingIn(other)).toBe(6);
    expect(waits.stats().store).toMatchObject({
      state: 'up',
      liveInstances: 2,
      failures: { timeout: 0, error: 0, nonsense: 0 },
    });
    await one.close();
    await other.close();
  });

  test('name no user and no project in Redis, and still count each apart', async () => {
    const key = newKey();
    const limits: Limit[] = [
      { requests: 10, per: 'minute', scope: 'user' },
      { requests: 10, per: 'minute', scope: 'project' },
    ];
    const monitor = await server.client().monitor();
    const seen: string[] = [];
    monitor.on('monitor', (_time: string, args: readonly string[]) => seen.push(args.join(' ')));
    const [one, other] = [newLimiter(key, limits), newLimiter(key, limits)];
    const whose = { user: 'u-42-marta', project: 'p-sonar' };
    const went = [askMany(one, 8, whose), askMany(other, 8, whose)];
    await until('10 to go', () => went.flat().length === 10);
    (await one.acquire({ user: 'u-43', project: 'p-other' })).release();
    expect(waitingIn(one) + waitingIn(other)).toBe(6);
    await until('the monitor to see them', () => seen.some((line) => line.includes(key)));
    // Of each limit another one, of whomever it is: what somebody does is not put together by it.
    (await one.acquire({ user: 'u-44', project: 'u-44' })).release();
    const keys = await server.client().keys(`telltale:{${key}}:limit:*`);
    expect(new Set(keys.map((name) => name.split(' ').at(-1)))).toHaveLength(6);
    expect(`${keys.join('\n')}\n${seen.join('\n')}`).not.toMatch(/u-42|p-sonar|u-43|p-other/);
    monitor.disconnect();
    await one.close();
    await other.close();
  });

  test('take from all limits or from none', async () => {
    const key = newKey();
    const limits: Limit[] = [
      { requests: 100, per: 'minute' },
      { tokens: 1_000, per: 'minute' },
    ];
    const limiter = newLimiter(key, limits);
    const went = askMany(limiter, 5, { tokens: 400 });
    await until('what fits to go', () => went.length === 2);
    await asked(limiter, limiter.stats().store?.roundTrips ?? 0);
    expect(limiter.stats().limits.map((limit) => limit.used)).toEqual([2, 800]);
    await limiter.close();
  });

  test('see what the other settles and releases', async () => {
    const key = newKey();
    const limits: Limit[] = [{ tokens: 1_000, per: 'minute' }];
    const [one, other] = [newLimiter(key, limits), newLimiter(key, limits)];
    const [first, second] = [await one.acquire({ tokens: 600 }), await one.acquire({ tokens: 400 })];
    const went = askMany(other, 2, { tokens: 500 });
    await asked(other, 0);
    expect(went.length).toBe(0);
    first.settle({ tokens: 300 });
    first.settle({ tokens: 0 });
    second.release();
    second.release();
    await until('one to go by what was given back', () => went.length === 1);
    await asked(other, other.stats().store?.roundTrips ?? 0);
    expect(used(other)).toBe(800);
    expect(went.length).toBe(1);
    await one.close();
    await other.close();
  });

  test('let a high call on one go before the low ones on the other, and low still moves', async () => {
    const key = newKey();
    const limits: Limit[] = [{ requests: 20, perMs: 500 }];
    const [one, other] = [newLimiter(key, limits), newLimiter(key, limits)];
    const order: string[] = [];
    const all: Promise<unknown>[] = [];
    const ask = (limiter: Limiter, priority: 'high' | 'low', count: number): void => {
      for (let index = 0; index < count; index++)
        all.push(limiter.acquire({ priority }).then(() => order.push(priority)));
    };
    ask(one, 'low', 60);
    await until('the low ones to fill the limit', () => order.length === 20);
    ask(other, 'high', 32);
    await Promise.all(all);
    // The first 20 filled the limit before anybody of high priority came; the next 20 have more of high priority waiting
    // than there is room. Of 17 turns low has one, and one more for what it may have missed.
    const lowAmong = order.slice(20, 40).filter((priority) => priority === 'low').length;
    expect(lowAmong).toBeGreaterThanOrEqual(1);
    expect(lowAmong).toBeLessThanOrEqual(3);
    await one.close();
    await other.close();
  });
});

test.skipIf(!hasRedis)('is closed when the store has answered to what was leased and not spent', async () => {
  const key = newKey();
  const limits: Limit[] = [{ requests: 1_000, per: 'minute' }];
  const client = server.client();
  let underWay = 0;
  const counted = async (answer: Promise<unknown>): Promise<unknown> => {
    underWay++;
    return await answer.finally(() => underWay--);
  };
  const counting: RedisClient = {
    evalsha: (...args) => counted(client.evalsha(...args)),
    eval: (...args) => counted(client.eval(...args)),
  };
  const limiter = createLimiter({ limits, store: redisStore(counting, { key }) });
  for (let call = 0; call < 40; call++) await limiter.acquire();
  expect(limiter.stats().store?.admittedByLease).toBeGreaterThan(0);
  await limiter.close();
  expect(underWay).toBe(0);
  const other = newLimiter(key, limits);
  await other.acquire();
  expect(used(other)).toBe(41);
  await other.close();
});

test.skipIf(!hasRedis)('gives back what the store granted to somebody who had left meanwhile', async () => {
  const key = newKey();
  const limiter = newLimiter(key, [{ requests: 10, per: 'minute' }]);
  await limiter.acquire();
  const abort = new AbortController();
  const gone = limiter.acquire({ signal: abort.signal }).catch(() => 'gone');
  // The question is out by the time the microtask has run.
  await Promise.resolve();
  abort.abort();
  expect(await gone).toBe('gone');
  await asked(limiter, limiter.stats().store?.roundTrips ?? 0);
  await limiter.acquire();
  expect(used(limiter)).toBe(2);
  await limiter.close();
});

describe.skipIf(!hasRedis)('leases', () => {
  test('save round trips where calls come one after another', async () => {
    const limiter = newLimiter(newKey(), [
      { requests: 1_000_000, per: 'minute' },
      { tokens: 1_000_000_000, per: 'minute' },
    ]);
    for (let call = 0; call < 2_000; call++) await limiter.acquire({ tokens: 10 });
    const { store, limits } = limiter.stats();
    expect((store?.roundTrips ?? 0) / 2_000).toBeLessThan(0.1);
    expect(store?.admittedByLease).toBeGreaterThan(1_800);
    expect(limits.map((limit) => limit.used)).toEqual([expect.any(Number), expect.any(Number)]);
    await limiter.close();
  });
});

test.skipIf(!hasRedis)(
  'refuses what has no place to wait, as the store says that it would have to',
  async () => {
    const key = newKey();
    const store = redisStore(server.client(), { key });
    const limiter = createLimiter({
      limits: [{ requests: 3, per: 'minute' }],
      queue: { maxWaiting: 0 },
      store,
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => limiter.acquire()));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(results[3]).toMatchObject({ reason: { code: 'queue_full' } });
    await expect(limiter.acquire({ deadlineMs: 10 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await limiter.close();
  },
);

describe.skipIf(!hasRedis)('bad input', () => {
  const client = { evalsha: async () => 0, eval: async () => 0 };

  test.each([
    [{ key: '' }, '`options.key`'],
    [{ key: 'a{b}' }, '`options.key`'],
    [{ key: 'a', whenDown: 'wait' }, '`options.whenDown`'],
    [{ key: 'a', timeoutMs: 0 }, '`options.timeoutMs`'],
    [{ key: 'a', lease: { maxCalls: 0 } }, '`options.lease.maxCalls`'],
    [{ key: 'a', lease: { maxShare: 0 } }, '`options.lease.maxShare`'],
    [{ key: 'a', lease: true }, '`options.lease`'],
    [{ key: 'a', leases: false }, 'Did you mean `lease`?'],
  ])('%j is refused at set-up', (options, says) => {
    expect(() => redisStore(client, options as RedisStoreOptions)).toThrow(says);
  });

  test('a client that is none and a store that is none are refused', () => {
    const limits: Limit[] = [{ requests: 1, per: 'minute' }];
    expect(() => redisStore({} as typeof client, { key: 'a' })).toThrow('`client`');
    expect(() => createLimiter({ limits, store: {} as never })).toThrow('`options.store`');
  });
});
