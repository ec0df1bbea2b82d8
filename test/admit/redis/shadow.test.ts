import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Limit, LimitMode } from '../../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import { type RedisStoreOptions, redisStore } from '../../../src/admit/redis/redis-store.ts';
import type { RedisClient } from '../../../src/redis-script.ts';
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

const newKey = (): string => `shadow ${keys++}`;

interface Made {
  readonly shadow?: boolean;
  readonly mode?: LimitMode;
  readonly client?: RedisClient;
  readonly options?: Partial<RedisStoreOptions>;
}

function newLimiter(key: string, limits: readonly Limit[], made: Made = {}): Limiter {
  const { shadow = true, mode = 'strict', client = server.client(), options } = made;
  return createLimiter({ limits, mode, shadow, store: redisStore(client, { key, ...options }) });
}

async function goMany(limiter: Limiter, count: number, request: Parameters<Limiter['acquire']>[0] = {}) {
  return Promise.all(Array.from({ length: count }, () => limiter.acquire(request)));
}

const stored = async (key: string, limit: string): Promise<number> =>
  Number(await server.client().hget(`telltale:{${key}}:limit:${limit}`, 's'));

describe.skipIf(!hasRedis)('a shadow over a store', () => {
  test('holds nobody, and says of all processes together how many would have waited', async () => {
    const key = newKey();
    const limits: Limit[] = [{ requests: 10, per: 'minute' }];
    const [one, other] = [newLimiter(key, limits), newLimiter(key, limits)];
    const permits = await goMany(one, 8);
    await until('8 to be counted', async () => (await stored(key, 'requests/minute')) === 8);
    permits.push(...(await goMany(other, 8)));
    await until('all to be counted', async () => (await stored(key, 'requests/minute')) === 16);
    await until('the answer', () => other.stats().shadow?.wouldWait === 6);
    expect(one.stats().shadow).toEqual({ wouldWait: 0, wouldRefuse: 0 });
    expect(permits.map(({ waitMs }) => waitMs)).toEqual(Array(16).fill(0));
    expect(other.stats()).toMatchObject({
      admitted: 8,
      waiting: { high: 0, medium: 0, low: 0 },
      limits: [{ used: 16 }],
      store: { state: 'up', liveInstances: 2 },
    });
    await one.close();
    await other.close();
  });

  test('counts for those that hold: what goes in a shadow is not there for them', async () => {
    const key = newKey();
    const limits: Limit[] = [{ requests: 10, per: 'minute' }];
    const [shadow, holding] = [newLimiter(key, limits), newLimiter(key, limits, { shadow: false })];
    await goMany(shadow, 9);
    await until('9 to be counted', async () => (await stored(key, 'requests/minute')) === 9);
    let went = 0;
    for (let call = 0; call < 3; call++)
      holding.acquire().then(
        () => went++,
        () => {},
      );
    await until('one to go', () => went === 1);
    const { roundTrips = 0 } = holding.stats().store ?? {};
    await until('the next answer', () => (holding.stats().store?.roundTrips ?? 0) > roundTrips);
    expect(went).toBe(1);
    await shadow.close();
    await holding.close();
  });

  test('tells what was not used and what was not sent, also where that is known before the store has answered', async () => {
    const key = newKey();
    const limits: Limit[] = [
      { requests: 100, per: 'minute' },
      { tokens: 10_000, per: 'minute' },
    ];
    const limiter = newLimiter(key, limits);
    const [early, gone, late] = await goMany(limiter, 3, { tokens: 1_000 });
    early?.settle({ tokens: 100 });
    gone?.release();
    await until('those to be counted', async () => (await stored(key, 'tokens/minute')) === 1_100);
    late?.settle({ tokens: 1_500 });
    await until('more to be counted', async () => (await stored(key, 'tokens/minute')) === 1_600);
    expect(await stored(key, 'requests/minute')).toBe(2);
    expect(limiter.stats()).toMatchObject({ inFlight: 0, shadow: { wouldWait: 0, wouldRefuse: 0 } });
    await limiter.close();
  });

  test('says what would have been refused, and counts it too', async () => {
    const key = newKey();
    const limiter = newLimiter(key, [{ tokens: 1_000, per: 'minute' }]);
    await limiter.acquire({ tokens: 1_001 });
    await until('it to be counted', async () => (await stored(key, 'tokens/minute')) === 1_001);
    expect(limiter.stats().shadow).toEqual({ wouldWait: 0, wouldRefuse: 1 });
    await limiter.close();
  });

  test.each<[LimitMode, Limit, number]>([
    ['smooth', { requests: 600, per: 'minute' }, 5],
    ['strict', { requests: 600, per: 'minute', burst: 5 }, 10],
    ['mirror', { requests: 10, per: 'minute', burst: 10 }, 5],
  ])('goes by all that a limit holds in the mode %s: %j', async (mode, limit, waits) => {
    const key = newKey();
    const [one, other] = [newLimiter(key, [limit], { mode }), newLimiter(key, [limit], { mode })];
    // In one turn of the event loop, so that they meet the same part of a second.
    await Promise.all([goMany(one, 8), goMany(other, 7)]);
    const sum = () => [one, other].reduce((all, each) => all + (each.stats().shadow?.wouldWait ?? 0), 0);
    await until('those to be counted', () => sum() >= waits);
    await one.close();
    await other.close();
    expect(sum()).toBeLessThanOrEqual(waits + 1);
  });

  test('tells what it knows before it is closed', async () => {
    const key = newKey();
    const limiter = newLimiter(key, [{ requests: 10, per: 'minute' }]);
    await goMany(limiter, 100);
    await limiter.close();
    expect(await stored(key, 'requests/minute')).toBe(100);
    await expect(limiter.acquire()).rejects.toMatchObject({ code: 'limiter_closed' });
  });
});

describe.skipIf(!hasRedis)('a shadow whose store is gone', () => {
  const never: RedisClient = { evalsha: () => new Promise(() => {}), eval: () => new Promise(() => {}) };

  test.each([
    ['local-share', { wouldWait: 2, wouldRefuse: 0 }],
    ['closed', { wouldWait: 0, wouldRefuse: 12 }],
    ['open', { wouldWait: 0, wouldRefuse: 0 }],
  ] as const)('holds nobody, and counts what `%s` would have done', async (whenDown, counted) => {
    const limits: Limit[] = [{ requests: 10, per: 'minute' }];
    const limiter = newLimiter(newKey(), limits, { client: never, options: { whenDown, timeoutMs: 20 } });
    await goMany(limiter, 12);
    await until('it to be gone', () => limiter.stats().store?.state === 'down');
    expect(limiter.stats().shadow).toEqual(counted);
    await limiter.close();
  });

  test('tells it when it answers again, once', async () => {
    const key = newKey();
    const client = server.client();
    const limiter = newLimiter(key, [{ requests: 10, per: 'minute' }], {
      client,
      options: { timeoutMs: 100 },
    });
    await limiter.acquire();
    await until('the first to be counted', async () => (await stored(key, 'requests/minute')) === 1);
    await server.client().client('PAUSE', 500, 'ALL');
    await goMany(limiter, 30);
    await until('it to be gone', () => limiter.stats().store?.state === 'down');
    await goMany(limiter, 5);
    await until('it to be back', () => limiter.stats().store?.state === 'up');
    await until('all to be counted', async () => (await stored(key, 'requests/minute')) === 36);
    await limiter.close();
    expect(await stored(key, 'requests/minute')).toBe(36);
  });
});
