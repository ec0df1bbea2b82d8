import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Limit } from '../../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import { scriptVersion } from '../../../src/admit/redis/admit-script.ts';
import { type RedisStoreOptions, redisStore } from '../../../src/admit/redis/redis-store.ts';
import type { RedisClient } from '../../../src/redis-script.ts';
import { hasRedis, type RedisServer, startRedis, until } from './redis-server.ts';

const limits: Limit[] = [{ requests: 100, per: 'minute' }];
const limiters: Limiter[] = [];
let server: RedisServer;

beforeEach(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  server = await startRedis();
});
afterEach(async () => {
  for (const limiter of limiters.splice(0)) await limiter.close();
  await server.stop();
  vi.restoreAllMocks();
});

function newLimiter(client: RedisClient, options: Partial<RedisStoreOptions> = {}): Limiter {
  const store = redisStore(client, { key: 'gone', timeoutMs: 200, lease: false, ...options });
  const limiter = createLimiter({ limits, store });
  limiters.push(limiter);
  return limiter;
}

function askMany(limiter: Limiter, count: number): { went: number } {
  const counted = { went: 0 };
  for (let index = 0; index < count; index++)
    limiter.acquire().then(
      () => counted.went++,
      () => {},
    );
  return counted;
}

const stateOf = (limiter: Limiter) => limiter.stats().store?.state;
const usedOf = (limiter: Limiter) => limiter.stats().limits[0]?.used;

describe.skipIf(!hasRedis)('a store that is killed', () => {
  test('leaves each process a share of the limit, of which the fleet has used its part', async () => {
    const [one, other] = [newLimiter(server.client()), newLimiter(server.client())];
    const before = askMany(one, 40);
    await until('40 to go', () => before.went === 40);
    await other.acquire();
    await one.acquire();
    expect(one.stats().store?.liveInstances).toBe(2);
    await server.kill();
    const alone = [askMany(one, 200), askMany(other, 200)];
    await until('both to see it', () => stateOf(one) === 'down' && stateOf(other) === 'down');
    // One has used 41 of its share of 50 itself. Of the other's, 21 count as used, as it last saw 41 of 100.
    await until('the shares to be used', () => alone[0]?.went === 9 && alone[1]?.went === 29);
    expect(before.went + 2 + 9 + 29).toBeLessThanOrEqual(100);
    expect(one.stats().store?.fallbackMs).toBeGreaterThan(0);
  });

  test('is full when it comes back without its memory, and for a new process as well', async () => {
    const limiter = newLimiter(server.client());
    await limiter.acquire();
    await server.kill();
    askMany(limiter, 1);
    await until('it to be gone', () => stateOf(limiter) === 'down');
    await server.start();
    await until('it to be back', () => stateOf(limiter) === 'up');
    const waits = askMany(limiter, 5);
    const trips = limiter.stats().store?.roundTrips ?? 0;
    await until('the question', () => (limiter.stats().store?.roundTrips ?? 0) > trips + 1);
    expect(waits.went).toBe(0);
    expect(usedOf(limiter)).toBeGreaterThanOrEqual(100);
    const late = newLimiter(server.client());
    const waitsToo = askMany(late, 5);
    await until('the new one to ask', () => (late.stats().store?.roundTrips ?? 0) > 1);
    expect(waitsToo.went).toBe(0);
  });

  test('refuses with `closed`, and lets go with `open`', async () => {
    const [closed, open] = [
      newLimiter(server.client(), { whenDown: 'closed' }),
      newLimiter(server.client(), { whenDown: 'open' }),
    ];
    await Promise.all([closed.acquire(), open.acquire()]);
    await server.kill();
    await expect(closed.acquire()).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(closed.acquire()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(closed.stats().refusals.store_unavailable).toBe(2);
    await Promise.all(Array.from({ length: 150 }, () => open.acquire()));
    expect(open.stats().admitted).toBe(151);
  });
});

test.skipIf(!hasRedis)('what went without the store is told to it when it answers again, once', async () => {
  const client = server.client();
  const limiter = newLimiter(client, { whenDown: 'open' });
  await limiter.acquire();
  await server.client().client('PAUSE', 900, 'ALL');
  const went = askMany(limiter, 30);
  await until('the others to go without it', () => went.went === 30);
  expect(stateOf(limiter)).toBe('down');
  expect(limiter.stats().store?.failures.timeout).toBeGreaterThan(0);
  await until('it to answer', () => stateOf(limiter) === 'up');
  // The late answer granted 30 that had gone without it: those are given back, and the 30 that went are counted.
  await until('it to know', async () => {
    const known = await server.client().hget('telltale:{gone}:limit:requests/minute', 's');
    return known === '31';
  });
});

test.skipIf(!hasRedis)('survives that the script is forgotten', async () => {
  const limiter = newLimiter(server.client());
  await limiter.acquire();
  await server.client().script('FLUSH');
  await limiter.acquire();
  expect(limiter.stats().store).toMatchObject({
    state: 'up',
    failures: { error: 0, nonsense: 0, timeout: 0 },
  });
  expect(usedOf(limiter)).toBe(2);
});

test.skipIf(!hasRedis)('a port that says nothing holds nobody up', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null });
  client.on('error', () => {});
  const limiter = newLimiter(client);
  await limiter.acquire();
  expect(limiter.stats().store).toMatchObject({ state: 'down', failures: { timeout: 1 } });
  client.disconnect();
  silent.close();
});

test.skipIf(!hasRedis)('a client without a connection holds nobody up', async () => {
  const client = server.client();
  await server.kill();
  await until('the client to see it', () => client.status === 'reconnecting' || client.status === 'close');
  const limiter = newLimiter(client);
  await limiter.acquire();
  expect(limiter.stats().store).toMatchObject({ state: 'down', roundTrips: 0, failures: { error: 1 } });
});

describe.skipIf(!hasRedis)('a store that speaks nonsense', () => {
  const good = [`telltale ${scriptVersion}`, '1000', 'e', 1, [-1], [['1', 0]], [], []];
  const nonsense: [string, unknown][] = [
    ['nothing', null],
    ['a text', 'OK'],
    ['an empty list', []],
    ['another version', ['telltale 1', ...good.slice(1)]],
    ['no time', [good[0], 'soon', ...good.slice(2)]],
    ['a verdict too many', [...good.slice(0, 4), [-1, -1], ...good.slice(5)]],
    ['a verdict that is none', [...good.slice(0, 4), [-7], ...good.slice(5)]],
    ['figures that are none', [...good.slice(0, 5), [['x', 0]], [], []]],
    ['figures too few', [...good.slice(0, 5), [], [], []]],
    ['a lease that nobody asked for', [...good.slice(0, 6), [[5, 5]], []]],
    ['others that nobody told of', [...good.slice(0, 7), [5]]],
  ];

  test.each(nonsense)('%s: it is taken as gone, which is said once and counted', async (_what, answer) => {
    const limiter = newLimiter({ evalsha: async () => answer, eval: async () => answer });
    await limiter.acquire();
    expect(limiter.stats().store).toMatchObject({ state: 'down', failures: { nonsense: 1 } });
    await until('a probe', () => (limiter.stats().store?.failures.nonsense ?? 0) > 1);
    const warnings = vi
      .mocked(process.emitWarning)
      .mock.calls.filter(
        ([, options]) => (options as { code?: string } | undefined)?.code === 'TELLTALE_STORE',
      );
    expect(warnings.length).toBe(1);
  });

  test('the answer that is none of these is understood', async () => {
    const limiter = newLimiter({ evalsha: async () => good, eval: async () => good });
    await limiter.acquire();
    expect(limiter.stats().store?.state).toBe('up');
  });

  test('a key of another type is taken as gone', async () => {
    await server.client().set('telltale:{gone}:limit:requests/minute', 'mine');
    const limiter = newLimiter(server.client());
    await limiter.acquire();
    expect(limiter.stats().store).toMatchObject({ state: 'down', failures: { error: 1 } });
  });
});
