import type { Redis } from 'ioredis';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Limit } from '../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../src/admit/limiter.ts';
import { redisStore } from '../../src/admit/redis/redis-store.ts';
import { observe, redisBudgetStore, telltale } from '../../src/index.ts';
import type { RedisClient } from '../../src/redis-script.ts';
import { hasRedis, type RedisServer, startRedis } from '../admit/redis/redis-server.ts';
import { answers, startSteps } from '../wrap/steps-server.ts';

/*
 * A Redis whose clock is set while limits and budgets are held in it: by somebody, by a time server, or because another machine
 * took over. Whoever shares a quota gets no more of it, whatever that clock says, and waits no longer than its window.
 */

const hour = 3_600_000;
const minute = 60_000;

/** Clients of one Redis whose clock can be set. What its scripts read is put ahead or back, and so is what is left to its keys. */
class ClockedRedis {
  readonly key: string;
  readonly #server: RedisServer;
  readonly #redis: Redis;
  #offsetMs = 0;

  /** It is that of all keys with this tag. */
  constructor(server: RedisServer, key: string) {
    this.key = key;
    this.#server = server;
    this.#redis = server.client();
  }

  client(): RedisClient {
    const redis = this.#server.client();
    return {
      evalsha: async () => {
        throw new Error('NOSCRIPT');
      },
      eval: async (script, ...args) => await redis.eval(this.#shifted(script), ...args),
    };
  }

  #shifted(script: string): string {
    const time = `(function()
      local t = redis.call('TIME')
      return { string.format('%.0f', t[1] + ${Math.trunc(this.#offsetMs / 1_000)}), t[2] }
    end)()`;
    const shifted = script.replace("call('TIME')", time);
    if (shifted === script) throw new Error('the script reads no clock');
    return shifted;
  }

  async leap(ms: number): Promise<void> {
    this.#offsetMs += ms;
    for (const key of await this.#redis.keys(`telltale:{${this.key}}:*`)) {
      const left = await this.#redis.pttl(key);
      if (left < 0) continue;
      if (left > ms) await this.#redis.pexpire(key, left - ms);
      else await this.#redis.del(key);
    }
  }
}

const soonMs = 800;

/** How many of so many calls go at once. */
async function went(limiters: readonly Limiter[], calls: number): Promise<number> {
  const became = await Promise.all(
    Array.from({ length: calls }, async (_, at) => {
      try {
        await limiters[at % limiters.length]?.acquire({ model: 'held', deadlineMs: soonMs });
        return 1;
      } catch {
        return 0;
      }
    }),
  );
  return became.reduce<number>((sum, one) => sum + one, 0);
}

const limits: readonly Limit[] = [
  { requests: 10, per: 'minute', models: ['held'] },
  { requests: 1_000, per: 'day' },
];

describe.skipIf(!hasRedis)('a Redis whose clock is set (skipped without redis-server)', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await server.stop();
  });

  function limiterOf(redis: ClockedRedis, of: readonly Limit[] = limits): Limiter {
    const options = { key: redis.key, whenDown: 'closed', timeoutMs: 1_000, lease: false } as const;
    const limiter = createLimiter({ limits: of, store: redisStore(redis.client(), options) });
    onTestFinished(async () => await limiter.close());
    return limiter;
  }

  const cases: Record<string, readonly number[]> = {
    'an hour ahead': [hour],
    'two minutes ahead': [2 * minute],
    'half a window ahead, twice': [minute / 2, minute / 2],
    'nine days ahead': [9 * 24 * hour],
    'an hour back': [-hour],
    'an hour back, and right again': [-hour, hour],
    'an hour ahead, and right again': [hour, -hour],
    'ahead and back, in turn': [hour, -2 * hour, 3 * hour, -hour],
  };

  it('lets nobody have more of a quota, wherever it is put', async () => {
    const found = Object.entries(cases).map(async ([how, leaps]) => {
      const redis = new ClockedRedis(server, how);
      const limiters = [limiterOf(redis), limiterOf(redis)];
      const became = [await went(limiters, 12)];
      for (const ms of leaps) {
        await redis.leap(ms);
        // Who has asked before is the next to ask, as each does at least every five seconds.
        const other = limiters[0]?.acquire({ model: 'other', deadlineMs: soonMs }).catch(() => {});
        became.push(await went(limiters, 4));
        await other;
      }
      // Those who come anew find what the others have left.
      became.push(await went([limiterOf(redis)], 2));
      return [how, ...became];
    });
    const nobodyMore = Object.entries(cases).map(([how, leaps]) => [how, 10, ...leaps.map(() => 0), 0]);
    expect(await Promise.all(found)).toEqual(nobodyMore);
  });

  it('keeps nobody waiting for longer than a window', async () => {
    const short = [{ requests: 2, perMs: 1_000 }];
    const found = [hour, -hour].map(async (ms) => {
      const redis = new ClockedRedis(server, `window ${ms}`);
      const limiters = [limiterOf(redis, short), limiterOf(redis, short)];
      const became = await went(limiters, 2);
      const waiting = limiters.map(async (limiter) => await limiter.acquire({ deadlineMs: 15_000 }));
      await redis.leap(ms);
      // None is refused, which is what one that waits for too long would be.
      return [became, (await Promise.all(waiting)).length];
    });
    expect(await Promise.all(found)).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  it('holds a user who was not there before for no longer than it was put ahead', async () => {
    const redis = new ClockedRedis(server, 'users');
    const perUser: Limit[] = [
      { requests: 1_000, per: 'day' },
      { requests: 1, per: 'day', scope: 'user' },
    ];
    const limiter = limiterOf(redis, perUser);
    await limiter.acquire({ user: 'before' });
    await redis.leap(4_000);
    await limiter.acquire({ user: 'after', deadlineMs: 15_000 });
    await expect(limiter.acquire({ user: 'before', deadlineMs: soonMs })).rejects.toThrow();
  });

  const day = 24 * hour;
  it.each([
    ['an hour back', -hour, /^The clock of Redis is 60 min behind/],
    ['a day ahead', day, /^The clock of Redis is 1440 min ahead of/],
  ])('is said where a budget goes by it, and nothing waits: %s', async (how, ms, says) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const redis = new ClockedRedis(server, `budget ${how}`);
    const { url } = await startSteps([answers]);
    const budgetStore = redisBudgetStore(redis.client(), {
      key: redis.key,
      whenDown: 'closed',
      timeoutMs: 5_000,
    });
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), {
      budget: { usd: 100, per: 'day' },
      budgetStore,
    });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const ask = async () =>
      await openai.chat.completions.create({ model: 'gpt-5-mini', messages, max_completion_tokens: 9 });
    await ask();
    expect(warned).not.toHaveBeenCalled();
    await redis.leap(ms);
    for (let call = 0; call < 3; call++) await ask();
    expect(warned.mock.calls.map(([message]) => message)).toEqual([expect.stringMatching(says)]);
    await telltale(openai).close();
  });
});
