import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLimits } from '../../../src/admit/check-limits.ts';
import { Meter } from '../../../src/admit/meter.ts';
import { admitScript } from '../../../src/admit/redis/admit-script.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
import { shapeOf } from '../../../src/admit/shared/meter-shape.ts';
import type { StoreRequest } from '../../../src/admit/shared/store.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
let redis: Redis;
let keys = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
afterAll(async () => {
  await server.stop();
});

const [limit] = checkLimits('limits', [{ tokens: 1_000, per: 'minute' }]);

test.skipIf(!hasRedis)(
  'a bucket in the store is the bucket in a process: it lets go the same calls, and gives back as much',
  {
    timeout: 30_000,
  },
  async () => {
    if (!limit) throw new Error('no limit');
    const operation = fc.record({
      passMs: fc.integer({ min: 0, max: 9_000 }),
      tokens: fc.integer({ min: 1, max: 600 }),
      usedShare: fc.double({ min: 0, max: 1.5, noNaN: true }),
      isReleased: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        let nowMs = 1_700_000_000_000;
        const local = new Meter(limit, 'mirror', nowMs);
        const shape = shapeOf(local, 'mirror', false);
        const run = (keyCount: number, ...sent: string[]): Promise<unknown> =>
          redis.eval(
            admitScript.replace("call('TIME')", '{ ARGV[2], ARGV[3] }'),
            keyCount,
            ...sent,
            `${Math.floor(nowMs / 1000)}`,
            `${(nowMs % 1000) * 1000}`,
          );
        const client = {
          evalsha: (_hash: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
          eval: (_script: string, keyCount: number, ...sent: string[]) => run(keyCount, ...sent),
        };
        const store = redisStore(client, { key: `bucket ${keys++}` });
        const base: StoreRequest = {
          id: 'one',
          epoch: '',
          keptMs: 200_000,
          storeMs: 0,
          sinceMs: 0,
          meters: [shape],
          groups: [[0]],
          waiters: [],
          lanes: [],
          leases: [],
          corrections: [],
          batch: 0,
          isShadow: false,
          told: [],
          isBeat: true,
          isBye: false,
        };
        for (const [batch, { passMs, tokens, usedShare, isReleased }] of operations.entries()) {
          nowMs += passMs;
          const waiters = [{ group: 0, priority: 0, tokens, ageMs: 0 }];
          const reply = await store.exchange({ ...base, waiters });
          const roomAtMs = local.roomAtMs(0, tokens, nowMs);
          const isAdmitted = reply.verdicts[0] === 'admitted';
          expect(isAdmitted).toBe(roomAtMs <= nowMs);
          if (!isAdmitted) expect(reply.verdicts[0]).toBe(Math.ceil(roomAtMs - nowMs));
          if (isAdmitted) local.take(tokens, nowMs);
          expect(reply.meters[0]?.used).toBeCloseTo(local.used(nowMs), 6);
          if (!isAdmitted) continue;
          const takenMs = nowMs;
          nowMs += 700;
          const difference = isReleased ? -tokens : Math.ceil(tokens * usedShare) - tokens;
          const corrections = [{ meter: shape, takenMs, difference, isRelease: isReleased }];
          const told = await store.exchange({ ...base, corrections, batch: batch + 1 });
          if (isReleased) local.release(tokens, takenMs, nowMs);
          else local.settle(difference, takenMs, nowMs);
          expect(told.meters[0]?.used).toBeCloseTo(local.used(nowMs), 6);
        }
      }),
      { numRuns: 60 },
    );
  },
);
