import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Limit } from '../../src/admit/limit.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

/** The first to go waits for its connection, three round trips over an ocean with TLS; those after it may not. */
const slowestWayMs = 300;
const quota = 130;
const windowMs = 4_000;
const slackMs = 1e-6;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** When calls go while there are always more of them than may. */
async function goneUnderPressure(
  mode: 'strict' | 'mirror',
  clock: FakeClock,
  forMs: number,
): Promise<number[]> {
  const limits: Limit[] = [{ requests: quota, perMs: windowMs }];
  const limiter = createLimiter({ limits, mode, queue: { maxWaiting: 10_000 }, clock });
  const gone: number[] = [];
  const startMs = clock.nowMs();
  for (let calls = 0; calls < (forMs / windowMs + 2) * quota; calls++) {
    limiter.acquire({ tokens: 1 }).then(
      () => gone.push(clock.nowMs()),
      () => {},
    );
  }
  await turn();
  for (let due = clock.nextDueMs(); due !== undefined && due <= startMs + forMs; due = clock.nextDueMs()) {
    clock.advance(Math.max(due - clock.nowMs(), 0));
    await turn();
  }
  await limiter.close();
  return gone;
}

/** Whom a bucket that is full at the first arrival refuses. */
function refusedByBucket(arrivals: readonly number[]): number[] {
  let level = quota;
  let lastMs = arrivals[0] ?? 0;
  return arrivals.filter((atMs) => {
    level = Math.min(quota, level + ((atMs - lastMs) * quota) / windowMs);
    lastMs = atMs;
    if (level < 1 - slackMs) return true;
    level -= 1;
    return false;
  });
}

/** Whoever has the whole quota before it in a window. */
function refusedByWindow(arrivals: readonly number[]): number[] {
  return arrivals.filter(
    (atMs, index) => atMs - (arrivals[index - quota] ?? Number.NEGATIVE_INFINITY) < windowMs,
  );
}

test.each([
  ['mirror', refusedByBucket],
  ['strict', refusedByWindow],
] as const)(
  '%s: nobody is refused because the calls took unequally long to arrive',
  async (mode, refused) => {
    const gone = await goneUnderPressure(mode, createFakeClock(), 5 * windowMs);
    expect(gone.length).toBeGreaterThan(4 * quota);
    const way = fc.integer({ min: 0, max: slowestWayMs });
    fc.assert(
      fc.property(fc.array(way, { minLength: 1, maxLength: 40 }), way, (ways, firstWay) => {
        const arrivals = gone.map(
          (atMs, index) => atMs + (index === 0 ? firstWay : (ways[index % ways.length] ?? 0)),
        );
        expect(refused(arrivals.sort((one, other) => one - other))).toEqual([]);
      }),
    );
    // The worst: the first calls wait for their connections together, and none after them does.
    const slowStart = gone.map((atMs) => Math.max(atMs, (gone[0] ?? 0) + slowestWayMs));
    expect(refused(slowStart)).toEqual([]);
  },
);
