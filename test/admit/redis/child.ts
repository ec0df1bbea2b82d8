import { Redis } from 'ioredis';
import { createLimiter } from '../../../src/admit/limiter.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
import type { RedisClient } from '../../../src/redis-script.ts';

/** What a child is told. */
export interface ChildTask {
  readonly port: number;
  readonly requests: number;
  readonly perMs: number;
  /** How many ask again and again, at once. */
  readonly lanes: number;
  /** Between two calls of one of them. */
  readonly pauseMs: number;
}

/** What a child says, a line each: what the store took for it and when, and when a call went. */
export type ChildLine =
  | { readonly charged: number; readonly atMs: number }
  | { readonly wentMs: number; readonly byLease: number };

const task = JSON.parse(process.argv[2] ?? '{}') as ChildTask;
const redis = new Redis({ port: task.port, host: '127.0.0.1' });
redis.on('error', () => {});

const say = (line: ChildLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Notes what the answers say was taken. */
function noted(answer: unknown): unknown {
  const [, nowMs, , , waits, , leases] = answer as [
    string,
    string,
    string,
    number,
    number[],
    unknown,
    [number][],
  ];
  const charged =
    waits.filter((wait) => wait === -1).length + leases.reduce((sum, [count]) => sum + count, 0);
  if (charged > 0) say({ charged, atMs: Number(nowMs) });
  return answer;
}

const client: RedisClient = {
  evalsha: async (...sent) => noted(await redis.evalsha(...sent)),
  eval: async (...sent) => noted(await redis.eval(...sent)),
};
const store = redisStore(client, { key: 'children' });
const limiter = createLimiter({ limits: [{ requests: task.requests, perMs: task.perMs }], store });

async function goOn(): Promise<void> {
  for (;;) {
    await limiter.acquire();
    const byLease = limiter.stats().store?.admittedByLease ?? 0;
    say({ wentMs: performance.timeOrigin + performance.now(), byLease });
    if (task.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, task.pauseMs));
  }
}

for (let lane = 0; lane < task.lanes; lane++) void goOn();
