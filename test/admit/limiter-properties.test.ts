import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Limit, LimitMode } from '../../src/admit/limit.ts';
import { createLimiter, type Limiter } from '../../src/admit/limiter.ts';
import type { Permit } from '../../src/admit/permit.ts';
import { priorities } from '../../src/admit/priority.ts';
import type { Priority } from '../../src/call.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

const minuteMs = 60_000;

/** One call, from the moment it asked. Times are known exactly: a permit says how long it waited. */
interface Asked {
  readonly atMs: number;
  readonly tokens: number;
  readonly priority: Priority;
  readonly model: string;
  readonly abort: AbortController;
  permit?: Permit;
  wentMs?: number;
  /** Its place among all that went. */
  place?: number;
  /** Tokens that it is known to have used, and how many had gone by then. */
  settled?: { readonly tokens: number; readonly after: number };
  /** How many had gone when it was released. */
  releasedAfter?: number;
  error?: unknown;
}

interface World {
  readonly clock: FakeClock;
  readonly limiter: Limiter;
  readonly asked: Asked[];
  readonly went: Asked[];
}

function newWorld(limits: readonly Limit[], mode: LimitMode): World {
  const clock = createFakeClock();
  return { clock, limiter: createLimiter({ limits, mode, clock }), asked: [], went: [] };
}

function ask(world: World, call: Pick<Asked, 'tokens' | 'priority' | 'model'>): void {
  const { tokens, priority, model } = call;
  const one: Asked = {
    tokens,
    priority,
    model,
    atMs: world.clock.nowMs(),
    abort: new AbortController(),
  };
  world.asked.push(one);
  world.limiter.acquire({ tokens, priority, model, signal: one.abort.signal }).then(
    (permit) => {
      one.permit = permit;
      one.wentMs = one.atMs + permit.waitMs;
      one.place = world.went.push(one) - 1;
    },
    (error: unknown) => {
      one.error = error;
    },
  );
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Moves on, stopping wherever something falls due, so that whoever goes is seen in order. */
async function pass({ clock }: World, byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  for (let due = clock.nextDueMs(); due !== undefined && due <= untilMs; due = clock.nextDueMs()) {
    clock.advance(Math.max(due - clock.nowMs(), 0));
    await settled();
  }
  clock.advance(untilMs - clock.nowMs());
  await settled();
}

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('ask' as const),
      tokens: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 200 })),
      priority: fc.constantFrom(...priorities),
      model: fc.constantFrom('a', 'b'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('settle' as const),
      which: fc.nat(),
      share: fc.double({ min: 0, max: 1.4, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('abort' as const), which: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 90_000 })),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function perform(world: World, operations: readonly Operation[]): Promise<void> {
  for (const one of operations) {
    if (one.does === 'ask') ask(world, one);
    if (one.does === 'pass') await pass(world, one.ms);
    if (one.does === 'abort') {
      const waiting = world.asked.filter(({ permit, error }) => !permit && !error);
      waiting[one.which % waiting.length]?.abort.abort();
    }
    const out = world.went.filter((call) => !call.settled && call.releasedAfter === undefined);
    if (one.does === 'settle') {
      const call = out[one.which % out.length];
      if (call) {
        const tokens = Math.round(call.tokens * one.share);
        call.settled = { tokens, after: world.went.length };
        call.permit?.settle({ tokens });
      }
    }
    if (one.does === 'release') {
      const call = out[one.which % out.length];
      if (call) {
        call.releasedAfter = world.went.length;
        call.permit?.release();
      }
    }
    await settled();
  }
}

/** What `limit` had given away at `atMs` in the window that ends then, as far as was known just then. */
function given(world: World, limit: Limit, atMs: number, place: number): number {
  let sum = 0;
  const windowMs = limit.per === 'day' ? 86_400_000 : (limit.perMs ?? minuteMs);
  for (const call of world.went) {
    const { wentMs = 0, settled: known, releasedAfter } = call;
    if ((call.place ?? 0) > place || wentMs <= atMs - windowMs) continue;
    if (limit.models && !limit.models.includes(call.model)) continue;
    if (releasedAfter !== undefined && releasedAfter <= place) continue;
    if (limit.requests !== undefined) sum += 1;
    else sum += known && known.after <= place ? known.tokens : call.tokens;
  }
  return sum;
}

const limits: readonly Limit[] = [
  { requests: 8, per: 'minute' },
  { tokens: 200, per: 'minute' },
  { tokens: 100, perMs: 20_000, models: ['a'] },
  { requests: 40, per: 'day' },
];

const fits = ({ tokens, model }: { tokens: number; model: string }): boolean =>
  tokens <= 200 && (model !== 'a' || tokens <= 100);

// That somebody waits for long is what these tests are about.
beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(['strict', 'smooth'] as const)('a limiter of several limits, %s', (mode) => {
  test('holds each of them in every window, takes from all or none, and loses nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 50 }), async (operations) => {
        const world = newWorld(limits, mode);
        await perform(world, operations);
        for (const call of world.went) {
          for (const limit of limits) {
            // What others owe at a limit that is not for it does not hold it.
            if (limit.models && !limit.models.includes(call.model)) continue;
            const quota = limit.requests ?? limit.tokens ?? 0;
            expect(given(world, limit, call.wentMs ?? 0, call.place ?? 0)).toBeLessThanOrEqual(quota);
          }
        }
        // Whatever waits goes in the end, and nothing is left behind.
        for (let day = 0; day < 6 && world.limiter.stats().inFlight + waiting(world) > 0; day++) {
          for (const call of world.went)
            if (!call.settled && call.releasedAfter === undefined) {
              call.settled = { tokens: call.tokens, after: world.went.length };
              call.permit?.settle({ tokens: call.tokens });
            }
          await pass(world, 90_000_000);
        }
        for (const call of world.asked) {
          if (!fits(call)) expect(call.error).toMatchObject({ code: 'oversize' });
          else if (call.abort.signal.aborted) expect(call.error).toBe(call.abort.signal.reason);
          else expect(call.permit).toBeDefined();
        }
        await pass(world, 2 * 86_400_000);
        const stats = world.limiter.stats();
        expect(stats.limits.map(({ used }) => used)).toEqual(limits.map(() => 0));
        expect(stats.inFlight + waiting(world)).toBe(0);
        expect(world.clock.waiting()).toBe(0);
        expect(stats.admitted).toBe(
          world.went.filter(({ releasedAfter }) => releasedAfter === undefined).length,
        );
      }),
      { numRuns: 150 },
    );
  });

  test('keeps the order of those alike: nobody who asks for as much, or more, overtakes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 50 }), async (operations) => {
        const world = newWorld(limits, mode);
        await perform(world, operations);
        await pass(world, 10 * 86_400_000);
        for (const [index, later] of world.went.entries())
          for (const earlier of world.went.slice(index + 1)) {
            const alike = earlier.priority === later.priority && earlier.model === later.model;
            if (!alike || earlier.atMs > later.atMs) continue;
            if (world.asked.indexOf(earlier) < world.asked.indexOf(later))
              expect(later.tokens).toBeLessThan(earlier.tokens);
          }
      }),
      { numRuns: 100 },
    );
  });
});

test('lets nobody wait while there is room for all who wait', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
      const world = newWorld(limits, 'strict');
      for (const one of operations) {
        await perform(world, [one]);
        const waits = world.asked.filter(({ permit, error }) => !permit && !error);
        if (waits.length === 0) continue;
        const isRoom = world.limiter.stats().limits.every(({ limit, unit, used, quota }) => {
          const those = waits.filter(({ model }) => !limit.endsWith(' a') || model === 'a');
          const more =
            unit === 'requests' ? those.length : those.reduce((sum, { tokens }) => sum + tokens, 0);
          return used + more <= quota;
        });
        expect(isRoom).toBe(false);
      }
    }),
    { numRuns: 150 },
  );
});

test('lets small calls pass a large one that has no room yet, and never puts it off for them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 100, max: 200 }),
      fc.array(
        fc.record({ afterMs: fc.integer({ min: 0, max: 4_000 }), tokens: fc.integer({ min: 1, max: 20 }) }),
        {
          maxLength: 60,
        },
      ),
      async (used, large, small) => {
        const world = newWorld([{ tokens: 200, per: 'minute' }], 'strict');
        ask(world, { tokens: used, priority: 'medium', model: 'b' });
        await pass(world, 10_000);
        ask(world, { tokens: large, priority: 'medium', model: 'b' });
        for (const { afterMs, tokens } of small) {
          ask(world, { tokens, priority: 'medium', model: 'b' });
          await pass(world, afterMs);
        }
        await pass(world, 10 * minuteMs);
        // What was used is let go 62 s after it came, and only that may stand in the way of the large one.
        expect(world.asked[1]?.wentMs).toBe(used + large <= 200 ? 10_000 : 62_000);
        const [first] = world.asked.slice(2);
        if (first && used + large > 200 && used + first.tokens <= 200 && large + first.tokens <= 200)
          expect(first.wentMs).toBe(10_000);
      },
    ),
    { numRuns: 100 },
  );
});

function waiting({ limiter }: World): number {
  const { high, medium, low } = limiter.stats().waiting;
  return high + medium + low;
}

/** When each of some calls goes, of one limit and one priority: a plain list, gone through again for each. */
function plainTimes(
  asks: readonly { atMs: number; amount: number }[],
  quota: number,
  widthMs: number,
  parts: number,
): number[] {
  const taken: { part: number; amount: number }[] = [];
  let fromMs = 0;
  return asks.map(({ atMs, amount }) => {
    let nowMs = Math.max(atMs, fromMs);
    for (;;) {
      const newest = Math.floor(nowMs / widthMs);
      let sum = amount;
      for (const one of taken) if (one.part >= newest - parts) sum += one.amount;
      if (sum <= quota) break;
      nowMs = (newest + 1) * widthMs;
    }
    taken.push({ part: Math.floor(nowMs / widthMs), amount });
    fromMs = nowMs;
    return nowMs;
  });
}

test('goes at the times of a plain reference, to the millisecond, where all are alike', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      async (gaps, quota) => {
        const world = newWorld([{ requests: quota, per: 'minute' }], 'strict');
        for (const gap of gaps) {
          await pass(world, gap);
          ask(world, { tokens: 0, priority: 'medium', model: 'a' });
        }
        await pass(world, 100 * minuteMs);
        const times = plainTimes(
          world.asked.map(({ atMs }) => ({ atMs, amount: 1 })),
          quota,
          1_000,
          61,
        );
        expect(world.asked.map(({ wentMs }) => wentMs)).toEqual(times);
      },
    ),
    { numRuns: 100 },
  );
});

test('passes nobody over more often than the weights say', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom(...priorities, 'high' as const)), {
        minLength: 100,
        maxLength: 300,
      }),
      async (arrivals) => {
        const world = newWorld([{ requests: 2, perMs: 1_000 }], 'strict');
        for (const [gap, priority] of arrivals) {
          await pass(world, gap);
          ask(world, { tokens: 0, priority, model: 'a' });
        }
        await pass(world, 1_000_000);
        const weightOf = { high: 16, medium: 4, low: 1 };
        for (const call of world.asked) {
          // Those of its own priority that were there before it go first; others may pass it as often as stated for each.
          const before = world.asked.filter(
            (other) =>
              other.priority === call.priority &&
              world.asked.indexOf(other) < world.asked.indexOf(call) &&
              (other.wentMs ?? 0) >= call.atMs,
          ).length;
          for (const priority of priorities) {
            if (priority === call.priority) continue;
            const passing = world.asked.filter(
              (other) =>
                other.priority === priority &&
                world.asked.indexOf(other) > world.asked.indexOf(call) &&
                (other.place ?? 0) < (call.place ?? 0),
            ).length;
            const share = weightOf[priority] / weightOf[call.priority];
            expect(passing).toBeLessThanOrEqual((before + 2) * share + 1);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
