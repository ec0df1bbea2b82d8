import type { Redis } from 'ioredis';
import type { Limit } from '../../src/admit/limit.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { redisStore } from '../../src/admit/redis/redis-store.ts';
import { installed } from '../others/install.ts';

/** Resolves when a call may go, and gives back at once what is given back after a call. */
export type Pass = () => Promise<unknown>;

export interface RedisSubject {
  readonly name: string;
  /** Undefined for Telltale's own. */
  readonly packageName: string | undefined;
  /** How many limits it holds at once here. */
  readonly limits: number;
  open(client: Redis, key: string, quota: number, windowMs: number): Pass;
}

/** So high that it holds nobody, and still adds up exactly. */
const plentyOfTokens = 1e15;
const request = { tokens: 1_000 };
/** Something is given back for each call, as it is for nearly every real one. */
const used = { tokens: 800 };

function own(
  name: string,
  limits: (quota: number, windowMs: number) => readonly Limit[],
  lease: false | undefined,
): RedisSubject {
  return {
    name,
    packageName: undefined,
    limits: limits(1, 1_000).length,
    open(client, key, quota, windowMs) {
      const store = redisStore(client, { key, ...(lease === false && { lease }) });
      const limiter = createLimiter({ limits: limits(quota, windowMs), store });
      return async () => {
        const permit = await limiter.acquire(request);
        permit.settle(used);
      };
    },
  };
}

const one = (quota: number, windowMs: number): readonly Limit[] => [{ requests: quota, perMs: windowMs }];
const four = (quota: number, windowMs: number): readonly Limit[] => [
  ...one(quota, windowMs),
  { tokens: plentyOfTokens, per: 'minute' },
  { requests: plentyOfTokens, per: 'day' },
  { tokens: plentyOfTokens, per: 'day' },
];

interface RateLimiterFlexible {
  readonly RateLimiterRedis: new (options: {
    storeClient: Redis;
    keyPrefix: string;
    points: number;
    duration: number;
  }) => { consume(key: string): Promise<unknown> };
  readonly RateLimiterQueue: new (limiter: object) => { removeTokens(count: number): Promise<number> };
}

function flexible(client: Redis, key: string, quota: number, windowMs: number) {
  const { RateLimiterRedis, RateLimiterQueue } = installed<RateLimiterFlexible>('rate-limiter-flexible');
  const limiter = new RateLimiterRedis({
    storeClient: client,
    keyPrefix: key,
    points: quota,
    duration: windowMs / 1_000,
  });
  return { limiter, queue: () => new RateLimiterQueue(limiter) };
}

/** `consume` refuses where there is no room and says when there will be: its caller waits for that time, and asks again. */
async function consumed(consume: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await consume();
      return;
    } catch (refusal) {
      const { msBeforeNext } = refusal as { readonly msBeforeNext?: number };
      if (msBeforeNext === undefined) throw refusal;
      await new Promise((resolve) => setTimeout(resolve, msBeforeNext));
    }
  }
}

const packageName = 'rate-limiter-flexible';

export const redisSubjects: readonly RedisSubject[] = [
  own('telltale', one, undefined),
  own('telltale lease: false', one, false),
  own('telltale, four limits', four, undefined),
  {
    name: `${packageName} consume`,
    packageName,
    limits: 1,
    open(client, key, quota, windowMs) {
      const { limiter } = flexible(client, key, quota, windowMs);
      return () => consumed(() => limiter.consume('all'));
    },
  },
  {
    name: `${packageName} queue`,
    packageName,
    limits: 1,
    open(client, key, quota, windowMs) {
      const queue = flexible(client, key, quota, windowMs).queue();
      return () => queue.removeTokens(1);
    },
  },
];
