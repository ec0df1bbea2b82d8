import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Limit, LimitMode } from '../../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
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

const limits: Limit[] = [{ requests: 100, per: 'minute' }];

function newLimiters(count: number, mode: LimitMode = 'strict'): Limiter[] {
  const key = `foreign ${keys++}`;
  return Array.from({ length: count }, () =>
    createLimiter({ limits, mode, store: redisStore(server.client(), { key, lease: false }) }),
  );
}

/** As the provider says it: of 100 a minute so many are left. */
const answer = (remaining: number) => ({
  headers: new Headers({
    'x-ratelimit-limit-requests': '100',
    'x-ratelimit-remaining-requests': `${remaining}`,
    'x-ratelimit-reset-requests': `${(100 - remaining) * 0.6}s`,
  }),
});

const figures = (limiter: Limiter | undefined) => limiter?.stats().limits[0];
const sumOf = (limiters: readonly Limiter[], figure: 'foreign') =>
  limiters.reduce((sum, limiter) => sum + (figures(limiter)?.[figure] ?? 0), 0);

async function until60AreKnown(limiters: readonly Limiter[]): Promise<void> {
  await until('what others use to be counted', () => sumOf(limiters, 'foreign') > 0);
  for (const limiter of limiters) await limiter.acquire();
}

describe.skipIf(!hasRedis)('what others use of the same key', () => {
  test.each<LimitMode>(['strict', 'mirror'])(
    'is counted for all processes, once, in the mode %s',
    async (mode) => {
      const limiters = newLimiters(3, mode);
      for (const limiter of limiters) await limiter.acquire();
      // All hear at the same time that 60 are used, of which they know 3.
      for (const limiter of limiters) limiter.learn(answer(40));
      await until60AreKnown(limiters);
      // By a part or two may have come back meanwhile at the provider.
      expect(sumOf(limiters, 'foreign')).toBeGreaterThanOrEqual(54);
      expect(sumOf(limiters, 'foreign')).toBeLessThanOrEqual(58);
      const used = figures(limiters[2])?.used ?? 0;
      expect(used).toBeGreaterThanOrEqual(55);
      expect(used).toBeLessThanOrEqual(64);
      for (const limiter of limiters) await limiter.close();
    },
  );

  test('does not go: what is left is all that the processes have together', async () => {
    const limiters = newLimiters(2);
    for (const limiter of limiters) await limiter.acquire();
    limiters[0]?.learn(answer(10));
    await until('what others use to be counted', () => sumOf(limiters, 'foreign') > 0);
    let went = 0;
    for (let call = 0; call < 40; call++)
      limiters[call % 2]?.acquire().then(
        () => went++,
        () => {},
      );
    await until('the rest to go', () => went >= 8);
    const trips = limiters.map((limiter) => limiter.stats().store?.roundTrips ?? 0);
    await until('both to be asked for again', () =>
      limiters.every((limiter, place) => (limiter.stats().store?.roundTrips ?? 0) > (trips[place] ?? 0) + 1),
    );
    // It leaves evenly, as the provider lets it go: a little has left by now.
    expect(went).toBeLessThan(25);
    for (const limiter of limiters) await limiter.close();
  });

  test('is not what the processes use themselves, whichever of them is told', async () => {
    const [one, other] = newLimiters(2) as [Limiter, Limiter];
    await other.acquire();
    await Promise.all(Array.from({ length: 30 }, () => one.acquire()));
    // This one knows of one call, and the provider of 31: that the other 30 are the fleet's own, the store knows.
    other.learn(answer(69));
    const told = other.stats().store?.roundTrips ?? 0;
    await other.acquire();
    await until('an answer', () => (other.stats().store?.roundTrips ?? 0) > told);
    await other.acquire();
    expect(figures(other)).toMatchObject({ used: 33, foreign: 0 });
    await one.close();
    await other.close();
  });
});
