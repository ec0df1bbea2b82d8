import { beforeAll, expect, test, vi } from 'vitest';
import { createLimiter } from '../../../src/admit/limiter.ts';
import type { Permit } from '../../../src/admit/permit.ts';
import { ManualClock } from './manual-clock.ts';
import { ReferenceStore, wayTo } from './reference-store.ts';

/** Single stories of what `interleavings.test.ts` has found among all. */

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

function newWorld() {
  const clock = new ManualClock();
  const reference = new ReferenceStore(() => clock.epochMs());
  let steps: { readonly label: string; readonly go: () => void }[] = [];
  const limiter = createLimiter({
    limits: [
      { requests: 12, per: 'minute' },
      { tokens: 300, per: 'minute' },
    ],
    clock,
    store: wayTo(reference, {
      whenDown: 'local-share',
      timeoutMs: 1_000,
      lease: { maxCalls: 4, maxShare: 0.4, ttlMs: 250 },
      isReachable: () => true,
      fate: () => 'answered',
      step: (label) => new Promise((go) => steps.push({ label, go })),
    }),
  });
  const went: Permit[] = [];
  return {
    clock,
    reference,
    limiter,
    went,
    /** Lets so many questions and answers arrive, the first first, or one of a kind. */
    async arrive(what: number | 'question' | 'answer'): Promise<void> {
      for (let arrived = 0; arrived < (typeof what === 'number' ? what : 1); arrived++) {
        const next = steps.find(({ label }) => typeof what === 'number' || label.startsWith(what));
        steps = steps.filter((step) => step !== next);
        next?.go();
        await clock.advance(0);
      }
    },
    async ask(count: number, tokens: number): Promise<void> {
      for (let asked = 0; asked < count; asked++)
        limiter.acquire({ tokens }).then(
          (permit) => went.push(permit),
          () => {},
        );
      await clock.advance(0);
    },
  };
}

const tokensOf = (permits: readonly Permit[]): number => permits.reduce((sum, { tokens }) => sum + tokens, 0);

test('a store that is back hears of all that went without it before it lets go more', async () => {
  const world = newWorld();
  await world.ask(1, 0);
  await world.clock.advance(2_300);
  // Neither the first question has an answer, nor the one that was to see whether the store is back.
  expect(world.limiter.stats().store?.state).toBe('down');
  await world.ask(2, 51);
  expect(world.went.length).toBe(3);
  // The late answer to the first: the store is there, and knows nothing of the 102.
  await world.arrive('question');
  await world.arrive('answer');
  expect(world.limiter.stats().store?.state).toBe('up');
  await world.ask(3, 91);
  await world.arrive(20);
  expect(world.went.length).toBeGreaterThan(3);
  expect(tokensOf(world.went)).toBeLessThanOrEqual(300);
});

test('a limiter that is closed while a question is out gives back the lease that the answer brings', async () => {
  const world = newWorld();
  await world.ask(2, 0);
  const closed = world.limiter.close();
  await world.arrive(4);
  await closed;
  await world.clock.advance(100);
  await world.arrive(4);
  expect(world.reference.total('requests/minute')).toBe(0);
});

test('what is settled while a limiter says good-bye is told as well', async () => {
  const world = newWorld();
  await world.ask(1, 7);
  await world.arrive(2);
  const closed = world.limiter.close();
  await world.clock.advance(0);
  world.went[0]?.settle({ tokens: 1 });
  await world.arrive(2);
  await closed;
  await world.clock.advance(100);
  await world.arrive(2);
  expect(world.reference.total('tokens/minute')).toBe(1);
});

test('what could not be told while the store was gone is told as soon as it is back', async () => {
  const world = newWorld();
  await world.ask(1, 7);
  await world.arrive(2);
  world.went[0]?.settle({ tokens: 5 });
  await world.clock.advance(1_200);
  expect(world.limiter.stats().store?.state).toBe('down');
  await world.ask(1, 9);
  // The time to tell it passes before the store is back.
  await world.clock.advance(60);
  await world.arrive('question');
  await world.arrive('answer');
  expect(world.limiter.stats().store?.state).toBe('up');
  await world.clock.advance(100);
  await world.arrive(6);
  expect(world.reference.total('tokens/minute')).toBe(14);
});

test('a gate opens by steps over a store too, be it by questions or by leases', async () => {
  const world = newWorld();
  await world.ask(1, 0);
  await world.arrive(2);
  expect(world.went).toHaveLength(1);
  world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '1' }) });
  const wentAt: number[] = [];
  const passStep = async (ms: number): Promise<void> => {
    await world.clock.advance(ms);
    await world.arrive(6);
    wentAt.push(world.went.length);
  };
  await world.ask(8, 0);
  await passStep(999);
  for (const ms of [1, 100, 100, 200, 200]) await passStep(ms);
  // Seven tenths of the limit of 12 are all that the refusal has left.
  expect(wentAt).toEqual([1, 2, 2, 3, 5, 8]);
});

/** Over a store that answers at once. */
function newPromptWorld() {
  const clock = new ManualClock();
  const reference = new ReferenceStore(() => clock.epochMs());
  const limiter = createLimiter({
    limits: [{ requests: 100, per: 'minute' }],
    clock,
    store: wayTo(reference, {
      whenDown: 'local-share',
      timeoutMs: 1_000,
      lease: { maxCalls: 8, maxShare: 0.4, ttlMs: 250 },
      isReachable: () => true,
      fate: () => 'answered',
      step: async () => {},
    }),
  });
  const figures = () => {
    const { admitted, store } = limiter.stats();
    return { admitted, byLease: store?.admittedByLease, roundTrips: store?.roundTrips };
  };
  const ask = async (): Promise<void> => {
    void limiter.acquire({ tokens: 0 });
    await clock.advance(1);
  };
  return { clock, limiter, figures, ask };
}

test('a lease is not spent before its gate is open so far', async () => {
  const { clock, limiter, figures, ask } = newPromptWorld();
  for (let call = 0; call < 6; call++) await ask();
  expect(figures()).toMatchObject({ admitted: 6, byLease: 3 });
  limiter.learn({ status: 429, headers: new Headers({ 'retry-after-ms': '20' }) });
  await clock.advance(20);
  await ask();
  expect(figures()).toMatchObject({ admitted: 7, byLease: 4 });
  await ask();
  await ask();
  expect(figures()).toMatchObject({ admitted: 7, byLease: 4 });
  await clock.advance(400);
  expect(figures()).toMatchObject({ admitted: 9 });
});

test('nobody looks in vain while a gate opens by steps', async () => {
  const { clock, limiter, figures, ask } = newPromptWorld();
  limiter.learn({ status: 429, headers: new Headers({ 'retry-after-ms': '20' }) });
  await ask();
  await ask();
  await clock.advance(30);
  const { roundTrips } = figures();
  const scheduled = vi.spyOn(clock, 'schedule');
  await clock.advance(150);
  expect(scheduled).not.toHaveBeenCalled();
  expect(figures()).toMatchObject({ admitted: 1, roundTrips });
});
