import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import type { Permit } from '../../../src/admit/permit.ts';
import type { WhenDown } from '../../../src/admit/shared/options.ts';
import { ManualClock } from './manual-clock.ts';
import { type Fate, ReferenceStore, wayTo } from './reference-store.ts';

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

const quotas = { requests: 12, tokens: 300 };
const windowMs = 60_000;

type Operation =
  | {
      readonly does: 'acquire';
      readonly at: number;
      readonly count: number;
      readonly tokens: number;
      readonly deadlineMs: number | null;
    }
  | { readonly does: 'settle'; readonly which: number; readonly share: number }
  | { readonly does: 'release' | 'abort'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number }
  | { readonly does: 'connect'; readonly isThere: boolean }
  | { readonly does: 'close'; readonly at: number };

const at = fc.nat({ max: 1 });
const which = fc.nat();
const weighted = {
  acquire: {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('acquire' as const),
      at,
      count: fc.integer({ min: 1, max: 5 }),
      tokens: fc.integer({ min: 0, max: 100 }),
      deadlineMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { freq: 4 }),
    }),
  },
  settle: {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('settle' as const),
      which,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  leave: {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom('release' as const, 'abort' as const), which }),
  },
  pass: {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1_500 }), fc.constant(30_000)),
    }),
  },
  connect: {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('connect' as const), isThere: fc.boolean() }),
  },
  close: { weight: 1, arbitrary: fc.record({ does: fc.constant('close' as const), at }) },
};
const { connect, close, ...usual } = weighted;
const listOf = (...kinds: fc.WeightedArbitrary<Operation>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 20 });
const operations = listOf(...Object.values(usual));
const withTrouble = listOf(...Object.values(usual), connect);
const withClose = listOf(...Object.values(usual), close);
const anyFates = fc.array(
  fc.constantFrom<Fate>('answered', 'answered', 'answered', 'lost', 'unheard', 'nonsense'),
  { maxLength: 20 },
);
/** Nobody can know what became of these. */
const isUnknown = (fate: Fate): boolean => fate === 'unheard' || fate === 'nonsense';
const knownFates = fc.array(fc.constantFrom<Fate>('answered', 'answered', 'lost'), { maxLength: 20 });

interface Call {
  readonly tokens: number;
  readonly by: number;
  readonly abort: AbortController;
  ends: number;
  permit: Permit | undefined;
  wentMs: number;
  /** What it came to, as far as that is known. */
  left: { requests: number; tokens: number };
  isOut: boolean;
}

class World {
  readonly clock = new ManualClock();
  readonly reference = new ReferenceStore(() => this.clock.epochMs());
  readonly limiters: Limiter[];
  readonly calls: Call[] = [];
  readonly closing: Promise<void>[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #fates: Fate[];
  #isThere = true;
  isHealed = false;
  /** A limiter was closed while it took the store for gone: what calls had not used can then be told to nobody. */
  isClosedWhileDown = false;

  constructor(
    scheduler: fc.Scheduler,
    fates: readonly Fate[],
    whenDown: WhenDown,
    processes: number,
    shadow = false,
  ) {
    this.#scheduler = scheduler;
    this.#fates = [...fates];
    this.limiters = Array.from({ length: processes }, () =>
      createLimiter({
        limits: [
          { requests: quotas.requests, perMs: windowMs },
          { tokens: quotas.tokens, perMs: windowMs },
        ],
        shadow,
        clock: this.clock,
        store: wayTo(this.reference, {
          whenDown,
          timeoutMs: 1_000,
          lease: { maxCalls: 4, maxShare: 0.4, ttlMs: 250 },
          isReachable: () => this.#isThere || this.isHealed,
          fate: () => (this.isHealed ? 'answered' : (this.#fates.shift() ?? 'answered')),
          step: (label) => this.#scheduler.schedule(Promise.resolve(), label),
        }),
      }),
    );
  }

  /** Does all of it, in this order, between which questions and answers arrive in any. */
  async run(all: readonly Operation[]): Promise<void> {
    this.#scheduler.scheduleSequence(
      all.map((operation) => ({
        label: JSON.stringify(operation),
        builder: () => this.#do(operation),
      })),
    );
    await this.#scheduler.waitIdle();
  }

  /** From now on every question is answered, and time passes: so much of it, a little at a time. */
  async heal(ms: number): Promise<void> {
    this.isHealed = true;
    await this.#scheduler.waitIdle();
    const stepMs = Math.min(ms, 500);
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.clock.advance(stepMs);
      await this.#scheduler.waitIdle();
    }
  }

  /** Until nobody waits any more: as all can go in time, some do in every window. */
  async finish(): Promise<void> {
    await this.heal(4_000);
    while (this.waiting.length > 0) {
      const before = this.waiting.length;
      await this.heal(windowMs + 5_000);
      expect(this.waiting.length).toBeLessThan(before);
    }
  }

  async close(): Promise<void> {
    for (const limiter of this.limiters) this.#close(limiter);
    await this.#scheduler.waitIdle();
    await Promise.all(this.closing);
    // One that took the store for gone could not say that it goes, and is forgotten.
    await this.heal(16_000);
  }

  #close(limiter: Limiter | undefined): void {
    if (!limiter) return;
    if (limiter.stats().store?.state === 'down') this.isClosedWhileDown = true;
    this.closing.push(limiter.close());
  }

  get waiting(): readonly Call[] {
    return this.calls.filter(({ ends }) => ends === 0);
  }

  get went(): readonly Call[] {
    return this.calls.filter(({ permit }) => permit !== undefined);
  }

  /** What all calls that went came to, of each limit. */
  sum(unit: 'requests' | 'tokens'): number {
    return this.went.reduce((sum, { left }) => sum + left[unit], 0);
  }

  /** The most in any window, each of which begins with a call. */
  worst(unit: 'requests' | 'tokens'): number {
    return Math.max(
      0,
      ...this.went.map(({ wentMs: from }) =>
        this.went.reduce(
          (sum, { wentMs, left }) => (wentMs >= from && wentMs < from + windowMs ? sum + left[unit] : sum),
          0,
        ),
      ),
    );
  }

  async #do(operation: Operation): Promise<void> {
    switch (operation.does) {
      case 'acquire':
        for (let asked = 0; asked < operation.count; asked++) this.#acquire(operation);
        break;
      case 'settle': {
        const call = pick(
          this.went.filter(({ isOut }) => isOut),
          operation.which,
        );
        if (!call) break;
        call.isOut = false;
        call.left.tokens = Math.ceil(call.tokens * operation.share);
        call.permit?.settle({ tokens: call.left.tokens });
        break;
      }
      case 'release': {
        const call = pick(
          this.went.filter(({ isOut }) => isOut),
          operation.which,
        );
        if (!call) break;
        call.isOut = false;
        call.left = { requests: 0, tokens: 0 };
        call.permit?.release();
        break;
      }
      case 'abort':
        pick(this.waiting, operation.which)?.abort.abort(new Error('aborted'));
        break;
      case 'pass':
        await this.clock.advance(operation.ms);
        break;
      case 'connect':
        this.#isThere = operation.isThere;
        break;
      case 'close':
        this.#close(this.limiters[operation.at % this.limiters.length]);
        break;
    }
  }

  #acquire({ at: place, tokens, deadlineMs }: Extract<Operation, { does: 'acquire' }>): void {
    const by = place % this.limiters.length;
    const call: Call = {
      tokens,
      by,
      abort: new AbortController(),
      ends: 0,
      permit: undefined,
      wentMs: 0,
      left: { requests: 1, tokens },
      isOut: true,
    };
    this.calls.push(call);
    this.limiters[by]
      ?.acquire({ tokens, signal: call.abort.signal, ...(deadlineMs !== null && { deadlineMs }) })
      .then(
        (permit) => {
          call.ends++;
          call.permit = permit;
          call.wentMs = this.clock.nowMs();
        },
        () => {
          call.ends++;
        },
      );
  }
}

function pick<Item>(items: readonly Item[], place: number): Item | undefined {
  return items[place % Math.max(items.length, 1)];
}

/** Each ended once, and the limiters say the same of all of them. */
function expectEachToHaveEnded(world: World): void {
  expect(world.calls.map(({ ends }) => ends)).toEqual(world.calls.map(() => 1));
  for (const [place, limiter] of world.limiters.entries()) {
    const own = world.calls.filter(({ by }) => by === place);
    const { admitted, refusals, waiting, inFlight } = limiter.stats();
    const wentHere = own.filter(({ permit }) => permit !== undefined);
    const released = wentHere.filter(({ left }) => left.requests === 0).length;
    expect(admitted + released).toBe(wentHere.length);
    expect(Object.values(refusals).reduce((sum, count) => sum + count, 0)).toBe(own.length - wentHere.length);
    expect(waiting).toEqual({ high: 0, medium: 0, low: 0 });
    expect(inFlight).toBe(wentHere.filter(({ isOut }) => isOut).length);
  }
}

const total = ({ reference }: World, unit: 'requests' | 'tokens') => reference.total(`${unit}/minute`);

function expectNothingToBeHeld(world: World): void {
  expect(world.reference.live).toEqual([]);
  expect(world.reference.waiting).toEqual([]);
}

const runs = { numRuns: 300 };
const limitMs = { timeout: 60_000 };

test(
  'no limit is ever over its quota, no call is lost, and all that was taken is held, given back or used',
  limitMs,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), operations, knownFates, async (scheduler, all, fates) => {
        const world = new World(scheduler, fates, 'closed', 2);
        await world.run(all);
        expect(world.reference.over).toBeLessThanOrEqual(0);
        await world.finish();
        await world.close();
        expect(world.worst('requests')).toBeLessThanOrEqual(quotas.requests);
        expect(world.worst('tokens')).toBeLessThanOrEqual(quotas.tokens);
        expectEachToHaveEnded(world);
        expectNothingToBeHeld(world);
        expect(total(world, 'requests')).toBe(world.sum('requests'));
        expect(total(world, 'tokens')).toBe(world.sum('tokens'));
      }),
      runs,
    );
  },
);

test(
  'what comes back while there is room for it goes within seconds, whatever became of the questions',
  limitMs,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), withTrouble, anyFates, async (scheduler, all, fates) => {
        const world = new World(scheduler, fates, 'closed', 2);
        await world.run(all);
        expect(world.reference.over).toBeLessThanOrEqual(0);
        await world.heal(4_000);
        for (const by of [0, 1]) {
          const [first] = world.waiting.filter((call) => call.by === by);
          if (!first) continue;
          const used = (name: string, unit: keyof typeof quotas) =>
            world.reference.used({ name, widthMs: 1_000, parts: 63 } as never) +
            (unit === 'requests' ? 1 : first.tokens);
          const fits =
            used('requests/minute', 'requests') <= quotas.requests &&
            used('tokens/minute', 'tokens') <= quotas.tokens;
          expect(fits).toBe(false);
        }
        await world.close();
        expectEachToHaveEnded(world);
        expectNothingToBeHeld(world);
        expect(total(world, 'requests')).toBeGreaterThanOrEqual(world.sum('requests'));
        expect(total(world, 'tokens')).toBeGreaterThanOrEqual(world.sum('tokens'));
      }),
      runs,
    );
  },
);

test(
  'one that is alone stays within its limits, whether the store is there or not, and tells it of all',
  limitMs,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), withTrouble, knownFates, async (scheduler, all, fates) => {
        const world = new World(scheduler, fates, 'local-share', 1);
        await world.run(all);
        await world.finish();
        await world.close();
        expect(world.worst('requests')).toBeLessThanOrEqual(quotas.requests);
        expect(world.worst('tokens')).toBeLessThanOrEqual(quotas.tokens);
        expectEachToHaveEnded(world);
        expectNothingToBeHeld(world);
        expect(total(world, 'requests')).toBe(world.sum('requests'));
        expect(total(world, 'tokens')).toBe(world.sum('tokens'));
      }),
      runs,
    );
  },
);

test('a limiter that is closed at any moment leaves nothing waiting and nothing held', limitMs, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), withClose, async (scheduler, all) => {
      const world = new World(scheduler, [], 'closed', 2);
      await world.run(all);
      await world.close();
      expectEachToHaveEnded(world);
      expectNothingToBeHeld(world);
      for (const unit of ['requests', 'tokens'] as const) {
        if (world.isClosedWhileDown) expect(total(world, unit)).toBeGreaterThanOrEqual(world.sum(unit));
        else expect(total(world, unit)).toBe(world.sum(unit));
      }
    }),
    runs,
  );
});

test('`open` holds nobody while the store is gone, and tells it of all', limitMs, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), withTrouble, anyFates, async (scheduler, all, fates) => {
      const world = new World(scheduler, fates, 'open', 2);
      await world.run(all);
      await world.finish();
      await world.close();
      expectEachToHaveEnded(world);
      expectNothingToBeHeld(world);
      const isExact = !fates.some(isUnknown);
      for (const unit of ['requests', 'tokens'] as const) {
        if (isExact) expect(total(world, unit)).toBe(world.sum(unit));
        else expect(total(world, unit)).toBeGreaterThanOrEqual(world.sum(unit));
      }
    }),
    runs,
  );
});

test(
  'a shadow lets everything go at once, and the store comes to hear of all of it, once',
  limitMs,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), withTrouble, knownFates, async (scheduler, all, fates) => {
        const world = new World(scheduler, fates, 'local-share', 2, true);
        await world.run(all);
        expect(world.waiting).toEqual([]);
        await world.heal(4_000);
        await world.close();
        expectEachToHaveEnded(world);
        expectNothingToBeHeld(world);
        expect(total(world, 'requests')).toBe(world.sum('requests'));
        expect(total(world, 'tokens')).toBe(world.sum('tokens'));
      }),
      runs,
    );
  },
);
