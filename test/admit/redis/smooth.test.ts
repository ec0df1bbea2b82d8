import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLimits } from '../../../src/admit/check-limits.ts';
import type { Limit } from '../../../src/admit/limit.ts';
import { createLimiter } from '../../../src/admit/limiter.ts';
import { Meter } from '../../../src/admit/meter.ts';
import { admitScript } from '../../../src/admit/redis/admit-script.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
import { shapeOf } from '../../../src/admit/shared/meter-shape.ts';
import type { StoreRequest } from '../../../src/admit/shared/store.ts';
import { hasRedis, type RedisServer, startRedis, until } from './redis-server.ts';

/** The script with a time that the test gives as arguments. */
const timedScript = admitScript.replace("redis.call('TIME')".replace('redis.', ''), '{ ARGV[2], ARGV[3] }');

let server: RedisServer;
let redis: Redis;
let worlds = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
afterAll(async () => {
  await server.stop();
});

/** What the store took, and when: by its own time, since that is what it holds its windows by. */
interface Taken {
  readonly atMs: number;
  readonly amount: number;
}

/** The most in any span of so long, which begins with one of them. */
function worst(taken: readonly Taken[], spanMs: number): number {
  return Math.max(
    0,
    ...taken.map(({ atMs: from }) =>
      taken.reduce((sum, { atMs, amount }) => (atMs >= from && atMs < from + spanMs ? sum + amount : sum), 0),
    ),
  );
}

const limits = checkLimits('limits', [
  { requests: 12, perMs: 4_000 },
  { tokens: 400, perMs: 4_000 },
]);
const shapes = limits.map((limit) => shapeOf(new Meter(limit, 'smooth', 0), 'smooth', false));

test.skipIf(!hasRedis)(
  'the script holds every window and every second of it, whoever asks when, and what is given back and settled',
  { timeout: 30_000 },
  async () => {
    const step = fc.record({
      passMs: fc.oneof(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 3_000 })),
      id: fc.constantFrom('one', 'two'),
      tokens: fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 5 }),
      /** Of what was taken, which to correct, and to what share; undefined corrects nothing, 0 is a release. */
      correct: fc.option(fc.record({ which: fc.nat(), share: fc.constantFrom(0, 0.3, 1) })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        let nowMs = 1_700_000_000_000;
        const run = (keyCount: number, ...sent: string[]) => {
          const seconds = Math.floor(nowMs / 1_000);
          return redis.eval(
            timedScript,
            keyCount,
            ...sent,
            `${seconds}`,
            `${(nowMs - seconds * 1_000) * 1_000}`,
          );
        };
        const client = {
          evalsha: (_sha: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
          eval: (_script: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
        };
        const store = redisStore(client, { key: `smooth ${worlds++}` });
        const batches = { one: 0, two: 0 };
        const calls: { atMs: number; tokens: number; requests: number; isOut: boolean }[] = [];
        for (const { passMs, id, tokens, correct } of steps) {
          nowMs += passMs;
          const out = calls.filter(({ isOut }) => isOut);
          const entry = correct ? out[correct.which % Math.max(out.length, 1)] : undefined;
          const corrections: StoreRequest['corrections'][number][] = [];
          if (entry && correct) {
            const isRelease = correct.share === 0;
            const left = Math.ceil(entry.tokens * correct.share);
            batches[id as 'one']++;
            for (const meter of shapes) {
              const difference = meter.ofRequests ? (isRelease ? -1 : 0) : left - entry.tokens;
              if (difference !== 0) corrections.push({ meter, takenMs: entry.atMs, difference, isRelease });
            }
            entry.isOut = false;
            entry.tokens = left;
            if (isRelease) entry.requests = 0;
          }
          const reply = await store.exchange({
            id,
            epoch: '',
            keptMs: 100_000,
            storeMs: 0,
            sinceMs: 0,
            meters: shapes,
            groups: [[0, 1]],
            waiters: tokens.map((amount) => ({ group: 0, priority: 1, tokens: amount, ageMs: 0 })),
            isShadow: false,
            told: [],
            lanes: [],
            leases: [],
            corrections,
            batch: batches[id as 'one'],
            isBeat: true,
            isBye: false,
          });
          for (const [place, verdict] of reply.verdicts.entries())
            if (verdict === 'admitted')
              calls.push({ atMs: reply.nowMs, tokens: tokens[place] ?? 0, requests: 1, isOut: true });
          const requests = calls.map(({ atMs, requests: amount }) => ({ atMs, amount }));
          const used = calls.map(({ atMs, tokens: amount }) => ({ atMs, amount }));
          expect(worst(requests, 4_000)).toBeLessThanOrEqual(12);
          expect(worst(requests, 1_000)).toBeLessThanOrEqual(3);
          expect(worst(used, 4_000)).toBeLessThanOrEqual(400);
          // One call of more than the share goes where nothing else is in the second.
          const alone = Math.max(100, ...used.map(({ amount }) => amount));
          expect(worst(used, 1_000)).toBeLessThanOrEqual(alone);
          const [first] = reply.verdicts;
          // Where none of its own and nobody else is in the way, the one that comes first goes.
          if (tokens.length > 0 && calls.every(({ atMs }) => atMs < nowMs - 6_000))
            expect(first).toBe('admitted');
        }
      }),
      { numRuns: 60 },
    );
  },
);

test.skipIf(!hasRedis)(
  'two limiters hold the window and the share of each second together, and use both up',
  { timeout: 30_000 },
  async () => {
    const limit: Limit = { requests: 60, perMs: 3_000 };
    const key = 'smooth together';
    const taken: Taken[] = [];
    const noted = (answer: unknown): unknown => {
      const [, nowMs, , , waits, , leases] = answer as [
        string,
        string,
        string,
        number,
        number[],
        unknown,
        [],
      ];
      expect(leases).toEqual([]);
      const amount = waits.filter((wait) => wait === -1).length;
      if (amount > 0) taken.push({ atMs: Number(nowMs), amount });
      return answer;
    };
    const limiters = [1, 2].map(() => {
      const client = server.client();
      const noting = {
        evalsha: async (sha: string, count: number, ...sent: string[]) =>
          noted(await client.evalsha(sha, count, ...sent)),
        eval: async (script: string, count: number, ...sent: string[]) =>
          noted(await client.eval(script, count, ...sent)),
      };
      return createLimiter({ limits: [limit], mode: 'smooth', store: redisStore(noting, { key }) });
    });
    const went = [0, 0];
    for (const [place, limiter] of limiters.entries())
      for (let call = 0; call < 60; call++)
        limiter.acquire().then(
          () => void went.splice(place, 1, (went[place] ?? 0) + 1),
          () => {},
        );
    const all = () => taken.reduce((sum, { amount }) => sum + amount, 0);
    await until('more than a window to go', () => all() >= 80);
    for (const limiter of limiters) await limiter.close();
    expect(worst(taken, 3_000)).toBeLessThanOrEqual(60);
    expect(worst(taken, 1_000)).toBeLessThanOrEqual(20);
    // The whole share, and not less: it went in the first turn.
    expect(worst(taken, 1_000)).toBe(20);
    for (const own of went) expect(own).toBeGreaterThan(0);
  },
);
