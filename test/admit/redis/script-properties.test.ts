import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLimits } from '../../../src/admit/check-limits.ts';
import { Meter } from '../../../src/admit/meter.ts';
import { admitScript } from '../../../src/admit/redis/admit-script.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
import { shapeOf } from '../../../src/admit/shared/meter-shape.ts';
import type { SharedStore, StoreRequest } from '../../../src/admit/shared/store.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

const readsTime = "redis.call('TIME')".replace('redis.', '');
/** The script with a time that the test gives as arguments: nothing outside this file can do that. */
const timedScript = admitScript.replace(readsTime, '{ ARGV[2], ARGV[3] }');

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

const limits = checkLimits('limits', [
  { requests: 8, per: 'minute' },
  { tokens: 200, per: 'minute' },
  { tokens: 100, perMs: 7_000 },
]);
const shapes = limits.map((limit) => shapeOf(new Meter(limit, 'strict', 0), 'strict', false));

interface World {
  readonly store: SharedStore;
  /** The server's clock, which may go back. */
  clockMs: number;
  /** What a clock that does not go back would say. */
  nowMs: number;
  readonly taken: { readonly stampMs: number; requests: number; tokens: number; isOut: boolean }[];
  batch: number;
}

function newWorld(): World {
  const world: World = {
    store: undefined as never,
    clockMs: 1_700_000_000_000,
    nowMs: 1_700_000_000_000,
    taken: [],
    batch: 0,
  };
  const run = async (keyCount: number, ...sent: string[]): Promise<unknown> => {
    const seconds = Math.floor(world.clockMs / 1000);
    return redis.eval(
      timedScript,
      keyCount,
      ...sent,
      `${seconds}`,
      `${(world.clockMs - seconds * 1000) * 1000}`,
    );
  };
  const client = {
    evalsha: (_hash: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
    eval: (_script: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
  };
  return Object.assign(world, { store: redisStore(client, { key: `world ${worlds++}` }) });
}

function request(world: World, content: Partial<StoreRequest>): StoreRequest {
  return {
    id: 'one',
    epoch: '',
    keptMs: 200_000,
    storeMs: 0,
    sinceMs: 0,
    meters: shapes,
    groups: [[0, 1, 2]],
    waiters: [],
    lanes: [],
    leases: [],
    corrections: [],
    batch: world.batch,
    isShadow: false,
    told: [],
    isBeat: true,
    isBye: false,
    ...content,
  };
}

/** All that a limit holds at a time, entry by entry. */
function held(world: World, place: number, atMs: number): number {
  const shape = shapes[place];
  if (!shape) throw new Error('no such limit');
  const newest = Math.floor(atMs / shape.widthMs);
  let sum = 0;
  for (const { stampMs, requests, tokens } of world.taken)
    if (Math.floor(stampMs / shape.widthMs) > newest - shape.parts)
      sum += shape.ofRequests ? requests : tokens;
  return sum;
}

const fits = (world: World, tokens: number, atMs: number): boolean =>
  shapes.every(
    ({ ofRequests, quota }, place) => held(world, place, atMs) + (ofRequests ? 1 : tokens) <= quota,
  );

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant('ask' as const), tokens: fc.integer({ min: 0, max: 100 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: -5_000, max: 70_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('settle' as const),
      which: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('release' as const), which: fc.nat(), share: fc.constant(0) }),
  },
);

test.skipIf(!hasRedis)('the time is read in one place, which the test replaces', () => {
  expect(admitScript.split(readsTime).length).toBe(2);
});

test.skipIf(!hasRedis)(
  'the script lets go whoever has room by a plain list of all that was taken, says when, and holds every window',
  {
    timeout: 30_000,
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
        const world = newWorld();
        await world.store.exchange(request(world, {}));
        for (const one of operations) {
          if (one.does === 'pass') {
            world.clockMs += one.ms;
            world.nowMs += Math.max(one.ms, 0);
            await world.store.exchange(request(world, {}));
            continue;
          }
          if (one.does === 'ask') {
            const { tokens } = one;
            const reply = await world.store.exchange(
              request(world, { waiters: [{ group: 0, priority: 1, tokens, ageMs: 0 }] }),
            );
            expect(reply.nowMs).toBeCloseTo(world.nowMs, 2);
            const [verdict] = reply.verdicts;
            expect(verdict === 'admitted').toBe(fits(world, tokens, world.nowMs));
            if (verdict === 'admitted') {
              world.taken.push({ stampMs: reply.nowMs, requests: 1, tokens, isOut: true });
            } else if (typeof verdict === 'number') {
              expect(fits(world, tokens, world.nowMs + verdict)).toBe(true);
              expect(fits(world, tokens, world.nowMs + verdict - 1)).toBe(false);
            }
            expect(reply.meters.map(({ used }) => used)).toEqual(
              shapes.map((_, place) => held(world, place, world.nowMs)),
            );
            for (const [place, { ofRequests, quota }] of shapes.entries()) {
              const windowMs = limits[place]?.windowMs ?? 0;
              let inWindow = 0;
              for (const entry of world.taken)
                if (entry.stampMs > world.nowMs - windowMs)
                  inWindow += ofRequests ? entry.requests : entry.tokens;
              expect(inWindow).toBeLessThanOrEqual(quota);
            }
            continue;
          }
          const out = world.taken.filter(({ isOut }) => isOut);
          const entry = out[one.which % Math.max(out.length, 1)];
          if (!entry) continue;
          entry.isOut = false;
          const isRelease = one.does === 'release';
          const tokens = isRelease ? 0 : Math.ceil(entry.tokens * one.share);
          const difference = tokens - entry.tokens;
          world.batch++;
          const corrections = shapes.flatMap((meter) => {
            if (meter.ofRequests)
              return isRelease ? [{ meter, takenMs: entry.stampMs, difference: -1, isRelease }] : [];
            return [{ meter, takenMs: entry.stampMs, difference, isRelease }];
          });
          entry.tokens = tokens;
          if (isRelease) entry.requests = 0;
          // Told twice, as after an answer that did not come: it counts once.
          await world.store.exchange(request(world, { corrections }));
          await world.store.exchange(request(world, { corrections }));
        }
      }),
      { numRuns: 60 },
    );
  },
);

test.skipIf(!hasRedis)(
  'a memory that was lost is full for a window; one that nobody knew is not',
  async () => {
    const world = newWorld();
    const waiters = [{ group: 0, priority: 1, tokens: 10, ageMs: 0 }];
    const fresh = await world.store.exchange(request(world, { waiters }));
    expect(fresh.verdicts).toEqual(['admitted']);
    await redis.flushall();
    world.clockMs += 1_000;
    const lost = await world.store.exchange(request(world, { waiters, epoch: fresh.epoch }));
    expect(lost.epoch).not.toBe(fresh.epoch);
    expect(lost.meters.map(({ used }) => used)).toEqual([8, 200, 100]);
    const newcomer = await world.store.exchange(request(world, { id: 'two', waiters }));
    expect(newcomer.verdicts).not.toEqual(['admitted']);
    world.clockMs += 64_000;
    const later = await world.store.exchange(request(world, { waiters, epoch: lost.epoch }));
    expect(later.verdicts).toEqual(['admitted']);
  },
);

test.skipIf(!hasRedis)(
  'a newcomer that finds nothing starts afresh, until one that knew more comes',
  async () => {
    const world = newWorld();
    const waiters = [{ group: 0, priority: 1, tokens: 10, ageMs: 0 }];
    expect((await world.store.exchange(request(world, { id: 'new', waiters }))).verdicts).toEqual([
      'admitted',
    ]);
    await world.store.exchange(request(world, { id: 'old', epoch: 'known before' }));
    const full = await world.store.exchange(request(world, { id: 'new', waiters }));
    expect(full.meters.map(({ used }) => used)).toEqual([8, 200, 100]);
  },
);

test.skipIf(!hasRedis)(
  'who waits elsewhere has its turn for two seconds after it was heard of, and is then forgotten',
  async () => {
    const world = newWorld();
    const waiter = (priority: number) => ({ group: 0, priority, tokens: 100, ageMs: 0 });
    const lane = (priority: number) => ({ ...waiter(priority), count: 1, sumTokens: 100 });
    const full = await world.store.exchange(request(world, { waiters: [waiter(1)] }));
    const high = await world.store.exchange(
      request(world, { id: 'two', waiters: [waiter(0)], lanes: [lane(0)] }),
    );
    expect(full.verdicts).toEqual(['admitted']);
    expect(high.verdicts[0]).toBeGreaterThan(7_000);
    // What was taken is given back: there is room for one, and the high one elsewhere comes first.
    world.batch++;
    const corrections = shapes.map((meter) => ({
      meter,
      takenMs: full.nowMs,
      difference: meter.ofRequests ? -1 : -100,
      isRelease: true,
    }));
    const low = await world.store.exchange(request(world, { corrections, waiters: [waiter(2)] }));
    expect(low.verdicts).toEqual([10]);
    world.clockMs += 2_100;
    const after = await world.store.exchange(request(world, { waiters: [waiter(2)] }));
    expect(after.verdicts).toEqual(['admitted']);
  },
);

test.skipIf(!hasRedis)('what is written between two beats is kept as long as it counts', async () => {
  const world = newWorld();
  const ask = (isBeat: boolean) =>
    world.store.exchange(
      request(world, { isBeat, waiters: [{ group: 0, priority: 1, tokens: 10, ageMs: 0 }] }),
    );
  const keysOf = () => redis.keys(`telltale:{world ${worlds - 1}}:limit:*`);
  await ask(false);
  expect(await redis.pttl(`telltale:{world ${worlds - 1}}:fleet`)).toBeGreaterThan(199_000);
  expect(await redis.zcard(`telltale:{world ${worlds - 1}}:live`)).toBe(0);
  for (const key of await keysOf()) await redis.pexpire(key, 5_000);
  // A later part of each window began, so each is kept for a whole one again.
  world.clockMs += 1_100;
  const second = await ask(true);
  expect(second.liveInstances).toBe(1);
  for (const key of await keysOf())
    expect(await redis.pttl(key)).toBeGreaterThan(key.includes('7000ms') ? 7_000 : 60_000);
});
