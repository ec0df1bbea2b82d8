import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Limit } from '../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../src/admit/limiter.ts';
import type { Permit } from '../../src/admit/permit.ts';
import { priorities } from '../../src/admit/priority.ts';
import type { Clock } from '../../src/clock.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function pass(clock: FakeClock, byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  for (let due = clock.nextDueMs(); due !== undefined && due <= untilMs; due = clock.nextDueMs()) {
    clock.advance(Math.max(due - clock.nowMs(), 0));
    await turn();
  }
  clock.advance(untilMs - clock.nowMs());
  await turn();
}

/** The provider's bucket, played through from the beginning each time it is asked. */
class PlainBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #charges: { atMs: number; amount: number }[] = [];

  constructor(capacity: number, perMs: number) {
    this.#capacity = capacity;
    this.#perMs = perMs;
  }

  /** Returns the function that unsays it. */
  charge(amount: number, atMs: number): () => void {
    const charge = { atMs, amount };
    this.#charges.push(charge);
    return () => {
      charge.amount = 0;
    };
  }

  level(nowMs: number): number {
    let level = this.#capacity;
    let lastMs = 0;
    for (const { atMs, amount } of this.#charges) {
      level = Math.min(this.#capacity, level + (atMs - lastMs) * this.#perMs) - amount;
      lastMs = atMs;
    }
    return Math.min(this.#capacity, level + (nowMs - lastMs) * this.#perMs);
  }
}

const step = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 })),
  tokens: fc.integer({ min: 0, max: 120 }),
  ends: fc.option(
    fc.record({
      which: fc.nat(),
      how: fc.constantFrom('release', 'settle'),
      share: fc.double({ min: 0, max: 1.6, noNaN: true }),
    }),
  ),
});

test('mirror is the plain bucket, charged by what was reserved and by debts, releases included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 50 }),
      fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }),
      async (steps, burst) => {
        const clock = createFakeClock();
        const limit: Limit = { tokens: 120, per: 'minute', ...(burst !== undefined && { burst }) };
        const limiter = createLimiter({ limits: [limit], mode: 'mirror', queue: { maxWaiting: 0 }, clock });
        // Less what refills in the second by which calls may come nearer to each other on their way.
        const capacity = Math.min(burst ?? 118, 118);
        const bucket = new PlainBucket(capacity, 120 / minuteMs);
        const out: { permit: Permit; unsay: () => void }[] = [];
        let released = false;
        for (const { afterMs, tokens, ends } of steps) {
          clock.advance(afterMs);
          const nowMs = clock.nowMs();
          const [one] = ends && out.length > 0 ? out.splice(ends.which % out.length, 1) : [];
          if (one && ends) {
            const used = Math.ceil(one.permit.tokens * ends.share);
            if (ends.how === 'release') {
              one.permit.release();
              one.unsay();
              released = true;
            } else {
              one.permit.settle({ tokens: used });
              if (used > one.permit.tokens) bucket.charge(used - one.permit.tokens, nowMs);
            }
          }
          const level = bucket.level(nowMs);
          const own = capacity - (limiter.stats().limits[0]?.used ?? 0);
          // What is given back late counts as lost where the bucket may have been full meanwhile: never more than the truth.
          expect(own).toBeLessThanOrEqual(level + 1e-6);
          if (!released) expect(own).toBeCloseTo(level, 6);
          const permit = await limiter.acquire({ tokens }).catch(() => undefined);
          if (permit) expect(Math.min(tokens, capacity)).toBeLessThanOrEqual(level + 1e-6);
          else if (!released) expect(Math.min(tokens, capacity)).toBeGreaterThan(level - 1e-6);
          if (permit) out.push({ permit, unsay: bucket.charge(tokens, nowMs) });
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a release at once leaves no trace', async () => {
  for (const mode of ['strict', 'mirror', 'smooth'] as const) {
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 100, per: 'minute', burst: 20 }], mode, clock });
    const permit = await limiter.acquire({ tokens: 20 });
    permit.release();
    expect(limiter.stats().limits[0]?.used).toBe(0);
    expect((await limiter.acquire({ tokens: 20 })).waitMs).toBe(0);
  }
});

test('what a call did not use is there for the burst again, except in the mode that gives nothing back', async () => {
  for (const mode of ['strict', 'smooth', 'mirror'] as const) {
    const clock = createFakeClock();
    const limits = [{ tokens: 100, per: 'second' as const, burst: 20 }];
    const limiter = createLimiter({ limits, mode, queue: { maxWaiting: 0 }, clock });
    const permit = await limiter.acquire({ tokens: 20 });
    permit.settle({ tokens: 5 });
    const next = limiter.acquire({ tokens: 15 });
    if (mode === 'mirror') await expect(next).rejects.toMatchObject({ code: 'queue_full' });
    else expect((await next).waitMs).toBe(0);
    await expect(limiter.acquire({ tokens: 1 })).rejects.toMatchObject({ code: 'queue_full' });
  }
});

test('after a burst the rate is steady: it never meets the edge of the window', async () => {
  const clock = createFakeClock();
  const limiter = createLimiter({ limits: [{ requests: 60, per: 'minute', burst: 1 }], clock });
  const times: number[] = [];
  for (let call = 0; call < 200; call++) void limiter.acquire().then(({ waitMs }) => times.push(waitMs));
  await pass(clock, 5 * minuteMs);
  const gaps = times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0));
  expect(gaps).toHaveLength(199);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1_035);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_032);
});

test('smooth takes no more than its share in any second, of a window of up to an hour', async () => {
  for (const [windowMs, isHeld] of [
    [minuteMs, true],
    [60 * minuteMs, true],
    [61 * minuteMs, false],
  ] as const) {
    const clock = createFakeClock();
    const requests = (5 * windowMs) / 1_000;
    const limiter = createLimiter({ limits: [{ requests, perMs: windowMs }], mode: 'smooth', clock });
    const times: number[] = [];
    for (let call = 0; call < 40; call++) void limiter.acquire().then(({ waitMs }) => times.push(waitMs));
    await pass(clock, 20_000);
    expect(times).toHaveLength(40);
    const most = Math.max(
      ...times.map((endMs) => times.filter((atMs) => atMs > endMs - 1_000 && atMs <= endMs).length),
    );
    expect(most).toBe(isHeld ? 5 : 40);
  }
});

test('a call that would wait longer than is allowed is refused at once, and one that would not is not', async () => {
  const clock = createFakeClock();
  const limits = [{ requests: 1, per: 'minute' as const }];
  const limiter = createLimiter({ limits, queue: { maxWaitMs: 62_000 }, clock });
  await limiter.acquire();
  const second = limiter.acquire();
  await expect(limiter.acquire()).rejects.toMatchObject({ code: 'wait_too_long', retryAfterMs: 124_000 });
  await pass(clock, 62_000);
  expect((await second).waitMs).toBe(62_000);
});

test('with a burst at most so many go at once, then at a steady rate, and no window holds more than the quota', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(100, 1_000, 777, minuteMs),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
      async (one, other, windowMs, pauses) => {
        const [burst, quota] = one < other ? [one, other] : [other, one];
        const clock = createFakeClock();
        const limiter = createLimiter({ limits: [{ requests: quota, perMs: windowMs, burst }], clock });
        const times: number[] = [];
        for (const pause of pauses) {
          for (let call = 0; call < 8; call++) {
            const askedMs = clock.nowMs();
            void limiter.acquire().then(({ waitMs }) => void times.push(askedMs + waitMs));
          }
          await pass(clock, (pause * windowMs) / 10);
        }
        await pass(clock, 60 * windowMs);
        expect(times).toHaveLength(8 * pauses.length);
        const perMs = quota / windowMs;
        for (const [index, fromMs] of times.entries()) {
          for (const [later, untilMs] of times.slice(index).entries()) {
            // A bucket of that size at that rate: what can go in any time is bounded by both.
            expect(later + 1).toBeLessThanOrEqual(burst + (untilMs - fromMs) * perMs + 1e-6);
            if (untilMs - fromMs < windowMs) expect(later + 1).toBeLessThanOrEqual(quota);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Lets a clock be set back, and counts what its timers do. */
function countingClock(): {
  clock: Clock;
  fake: FakeClock;
  wakes: () => number;
  setBack: (byMs: number) => void;
} {
  const fake = createFakeClock();
  let back = 0;
  let wakes = 0;
  return {
    fake,
    wakes: () => wakes,
    setBack: (byMs) => {
      back += byMs;
    },
    clock: {
      ...fake,
      nowMs: () => fake.nowMs() - back,
      schedule: (task, delayMs, kind) => {
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThan(2 ** 31);
        return fake.schedule(
          () => {
            wakes++;
            task();
          },
          delayMs,
          kind,
        );
      },
    },
  };
}

const limitSets: readonly (readonly Limit[])[] = [
  [{ requests: 3, perMs: 777 }],
  [{ tokens: 50, perMs: 1_000, burst: 7 }],
  [
    { requests: 7, per: 'minute' },
    { tokens: 90, perMs: 20_000, models: ['a'] },
    { tokens: 100, per: 'minute' },
  ],
  [{ requests: 5, perMs: 31 * dayMs }],
  [{ requests: 2, perMs: 100 }],
];

test('no timer wakes for nothing, none stays, and a clock that is set back lets nobody wait for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...limitSets),
      fc.constantFrom('strict', 'mirror', 'smooth'),
      fc.array(
        fc.record({
          afterMs: fc.oneof(
            fc.integer({ min: 0, max: 500 }),
            fc.double({ min: 0, max: 20_000, noNaN: true }),
          ),
          tokens: fc.integer({ min: 0, max: 50 }),
          model: fc.constantFrom('a', 'b'),
          priority: fc.constantFrom(...priorities),
          deadlineMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
          backMs: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined, freq: 12 }),
        }),
        { maxLength: 30 },
      ),
      async (limits, mode, steps) => {
        const { clock, fake, wakes, setBack } = countingClock();
        const limiter = createLimiter({ limits, mode, clock });
        let ended = 0;
        let setBacks = 0;
        for (const { afterMs, backMs, deadlineMs, ...request } of steps) {
          await pass(fake, afterMs);
          if (backMs !== undefined) {
            setBack(backMs);
            setBacks++;
          }
          const end = (): void => void ended++;
          void limiter
            .acquire({ ...request, ...(deadlineMs !== undefined && { deadlineMs }) })
            .then(end, end);
        }
        await pass(fake, 400 * dayMs);
        expect(ended).toBe(steps.length);
        expect(fake.waiting()).toBe(0);
        // Each wake-up lets somebody go or ends a wait; a window's timer may be in pieces of 24 days, and one goes off for
        // nothing for each call that it turns out to be not for, and for each time that the clock was set back.
        expect(wakes()).toBeLessThanOrEqual(3 * steps.length + 2 * setBacks + 400 / 24);
      },
    ),
    { numRuns: 200 },
  );
});

test('nobody is refused for a deadline by which it would have gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...limitSets.slice(0, 3)),
      fc.constantFrom('strict', 'mirror', 'smooth'),
      fc.array(
        fc.record({
          afterMs: fc.integer({ min: 0, max: 2_000 }),
          tokens: fc.integer({ min: 1, max: 50 }),
          priority: fc.constantFrom(...priorities),
        }),
        { minLength: 2, maxLength: 14 },
      ),
      async (limits, mode, steps) => {
        /** When the last goes, with a deadline and without; nothing comes after it. */
        const lastOf = async (deadlineMs?: number): Promise<number | string> => {
          const clock = createFakeClock();
          const limiter: Limiter = createLimiter({ limits, mode, clock });
          let last: Promise<number | string> = Promise.resolve('nobody');
          for (const [index, { afterMs, ...request }] of steps.entries()) {
            const own = index === steps.length - 1 && deadlineMs !== undefined ? { deadlineMs } : {};
            await pass(clock, index === steps.length - 1 ? 0 : afterMs);
            last = limiter.acquire({ ...request, ...own, model: 'a' }).then(
              ({ waitMs }) => waitMs,
              (error: unknown) => String(error),
            );
          }
          await pass(clock, 60 * minuteMs);
          return await last;
        };
        const waitMs = await lastOf();
        expect(await lastOf(Number(waitMs))).toBe(waitMs);
      },
    ),
    { numRuns: 250 },
  );
});
