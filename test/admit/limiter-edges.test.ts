import { getEventListeners } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkLimits } from '../../src/admit/check-limits.ts';
import { type AcquireRequest, createLimiter, type Limiter } from '../../src/admit/limiter.ts';
import type { LimiterOptions } from '../../src/admit/limiter-options.ts';
import { QuotaBook } from '../../src/admit/quota-book.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

const dayMs = 86_400_000;

function quiet(): void {
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => spy.mockRestore());
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Moves on from one thing that falls due to the next. */
async function pass(clock: FakeClock, byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  for (let due = clock.nextDueMs(); due !== undefined && due <= untilMs; due = clock.nextDueMs()) {
    clock.advance(Math.max(due - clock.nowMs(), 0));
    await turn();
  }
  clock.advance(untilMs - clock.nowMs());
  await turn();
}

/** Asks, and notes who goes in the order of going. */
function asker(limiter: Limiter, went: string[]): (label: string, request: AcquireRequest) => void {
  return (label, request) => {
    limiter.acquire(request).then(
      () => void went.push(label),
      (error: unknown) => void went.push(`${label}: ${(error as { code?: string }).code ?? String(error)}`),
    );
  };
}

describe('turns of the priorities', () => {
  // A model with little, beside one with much: what goes of the one must not count for turns at the other.
  const limits = [
    { requests: 60, per: 'minute', models: ['slow'] },
    { requests: 3_000, per: 'minute', models: ['fast'] },
    { requests: 100_000, per: 'minute' },
  ] as const;

  async function saturate(flooding: 'high' | 'low'): Promise<{ high: number; low: number }> {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [...limits], clock, mode: 'mirror' });
    const went: string[] = [];
    const ask = asker(limiter, went);
    for (let call = 0; call < 12_000; call++) ask('fast', { model: 'fast', priority: flooding });
    for (let call = 0; call < 60; call++) ask('full', { model: 'slow' });
    for (let call = 0; call < 100; call++) {
      ask('high', { model: 'slow', priority: 'high' });
      ask('low', { model: 'slow', priority: 'low' });
    }
    await pass(clock, 51_000);
    const count = (label: string): number => went.filter((one) => one === label).length;
    return { high: count('high'), low: count('low') };
  }

  test('are kept at a limit of its own, while calls of high priority flood another', async () => {
    const { high, low } = await saturate('high');
    expect(low).toBeGreaterThanOrEqual(2);
    expect(low).toBeLessThanOrEqual(6);
    expect(high + low).toBeGreaterThan(45);
  });

  test('are kept at a limit of its own, while calls of low priority flood another', async () => {
    const { high, low } = await saturate('low');
    expect(low).toBeGreaterThanOrEqual(2);
    expect(low).toBeLessThanOrEqual(6);
    expect(high + low).toBeGreaterThan(45);
  });
});

describe('a projected wait', () => {
  test('is not longer than the wait, where the turn of a low priority comes first', async () => {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ requests: 1, perMs: 60_000 }], clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('first', {});
    for (let call = 0; call < 5; call++) ask('high', { priority: 'high' });
    await pass(clock, 62_000);
    ask('low', { priority: 'low', deadlineMs: 120_000 });
    await pass(clock, 120_000);
    expect(went).toContain('low');
  });

  test('counts for a call larger than a burst what it waits for: a full bucket', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 6_000, per: 'minute', burst: 10 }], clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('small', { tokens: 10 });
    ask('large', { tokens: 5_000, deadlineMs: 1_000 });
    await pass(clock, 1_000);
    expect(went).toEqual(['small', 'large']);
  });

  test('counts for a call larger than the share of a second what it waits for: an empty second', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 600, per: 'minute' }], mode: 'smooth', clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('small', { tokens: 1 });
    ask('large', { tokens: 100, deadlineMs: 2_000 });
    await pass(clock, 2_000);
    expect(went).toEqual(['small', 'large']);
  });

  test('does not refuse a small call for a large one that it may pass', async () => {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 200, per: 'minute' }], clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('a', { tokens: 45 });
    await pass(clock, 10_000);
    ask('b', { tokens: 150 });
    await pass(clock, 10_000);
    ask('large', { tokens: 150 });
    ask('small', { tokens: 10, deadlineMs: 45_000 });
    await pass(clock, 45_000);
    expect(went).toEqual(['a', 'b', 'small']);
  });
});

describe('waits', () => {
  test('may be longer than a timer takes', async () => {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ requests: 1, perMs: 31 * dayMs }], clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('first', {});
    ask('second', { deadlineMs: 33 * dayMs });
    ask('third', { deadlineMs: 34 * dayMs * 2 });
    await pass(clock, 32.5 * dayMs);
    expect(went).toEqual(['first', 'second']);
    await pass(clock, 36 * dayMs);
    expect(clock.waiting()).toBe(0);
  });

  test('end at the deadline with a place, where there is one at that very moment', async () => {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 10, per: 'minute' }], clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    ask('first', { tokens: 5 });
    await pass(clock, 30_000);
    ask('large', { tokens: 6, deadlineMs: 32_000 });
    // Coming and going, it has the timer set anew.
    const abort = new AbortController();
    ask('aborted', { tokens: 1, signal: abort.signal });
    ask('second', { tokens: 5, deadlineMs: 100_000 });
    abort.abort();
    await pass(clock, 32_000);
    expect(went.slice(0, 3)).toEqual(['first', expect.stringContaining('aborted'), 'large']);
  });

  test('of thousands under one signal make one listener, and no warning', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({
      limits: [{ requests: 1, per: 'second' }],
      clock,
      queue: { maxWaiting: 20_000 },
    });
    await limiter.acquire();
    const warned: Error[] = [];
    const warn = (warning: Error): void => void warned.push(warning);
    process.on('warning', warn);
    const abort = new AbortController();
    const all = Array.from({ length: 10_000 }, () => limiter.acquire({ signal: abort.signal }));
    const ends = Promise.allSettled(all);
    await turn();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    abort.abort(new Error('enough'));
    abort.abort(new Error('twice'));
    const reasons = (await ends).map((end) => (end.status === 'rejected' ? String(end.reason) : 'went'));
    await turn();
    process.off('warning', warn);
    expect(new Set(reasons)).toEqual(new Set(['Error: enough']));
    expect(warned.filter(({ name }) => name.startsWith('MaxListeners'))).toEqual([]);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    expect(limiter.stats().refusals.aborted).toBe(10_000);
    expect(clock.waiting()).toBe(0);
  });
});

describe('users and projects', () => {
  const limits = checkLimits('limits', [
    { requests: 1, per: 'minute', scope: 'user' },
    { requests: 1_000, per: 'minute', scope: 'project' },
  ]);

  test('are told apart, whatever characters are in their names', () => {
    const book = new QuotaBook(limits, 'strict');
    const one = book.groupOf({ project: 'p\nq', user: 'u' }, 0);
    const other = book.groupOf({ project: 'p', user: 'q\nu' }, 0);
    expect(one).not.toBe(other);
    const third = book.groupOf({ project: '1', user: 'x\n1 y' }, 0);
    const fourth = book.groupOf({ project: 'y\n1 1', user: 'x' }, 0);
    expect(third).not.toBe(fourth);
  });

  test('come and go by the hundred thousand in bounded memory, and none is forgotten that holds something', () => {
    const book = new QuotaBook(limits, 'mirror');
    const debtor = book.groupOf({ user: 'debtor' }, 0);
    debtor.take(0, 0);
    for (const meter of debtor.meters) meter.settle(meter.ofRequests ? 5 : 0, 0, 0);
    const waits = book.groupOf({ user: 'waits' }, 0);
    waits.waiting = 1;
    for (let user = 0; user < 100_000; user++) book.groupOf({ user: `u${user}` }, user / 1_000);
    expect([...book.groups].length).toBeLessThan(2_100);
    expect(book.groupOf({ user: 'debtor' }, 100).meters[0]).toBe(debtor.meters[0]);
    expect(book.groupOf({ user: 'waits' }, 100)).toBe(waits);
    for (let user = 0; user < 5_000; user++) book.groupOf({ user: `v${user}` }, 600_000);
    expect(book.groupOf({ user: 'debtor' }, 600_000).meters[0]).not.toBe(debtor.meters[0]);
  });
});

test('models by the hundred thousand leave nothing behind while the limiter is busy', () => {
  const book = new QuotaBook(checkLimits('limits', [{ requests: 1, per: 'minute' }]), 'strict');
  book.groupOf({ model: 'busy' }, 0).inFlight = 1;
  for (let model = 0; model < 20_000; model++) book.groupOf({ model: `m${model}` }, 0);
  expect(book.remembered).toBeLessThanOrEqual(1_001);
});

describe('a permit', () => {
  async function newPermit() {
    const clock = createFakeClock();
    const limiter = createLimiter({ limits: [{ tokens: 100, per: 'minute' }], clock });
    return { clock, limiter, permit: await limiter.acquire({ tokens: 10 }) };
  }

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300, '5', 5n, null, {}])(
    'settled with %s tokens counts as reserved',
    async (tokens) => {
      const { clock, limiter, permit } = await newPermit();
      permit.settle({ tokens: tokens as number });
      expect(limiter.stats()).toMatchObject({
        inFlight: 0,
        limits: [{ used: 10 }],
        estimate: { settled: 0 },
      });
      const next = await limiter.acquire({ tokens: 3 });
      next.settle({ tokens: 1 });
      expect(limiter.stats().limits[0]?.used).toBe(11);
      clock.advance(62_000);
      expect(limiter.stats().limits[0]?.used).toBe(0);
    },
  );

  test('counts once, and after the limiter is closed too', async () => {
    const { limiter, permit } = await newPermit();
    await limiter.close();
    permit.settle({ tokens: 4 });
    permit.release();
    permit.settle({ tokens: 90 });
    expect(limiter.stats()).toMatchObject({ inFlight: 0, admitted: 1, limits: [{ used: 4 }] });
  });
});

test('a call dropped for one of a higher priority is told of its own limit', async () => {
  quiet();
  const clock = createFakeClock();
  const limiter = createLimiter({
    limits: [
      { requests: 1, per: 'minute', models: ['a'] },
      { requests: 1, per: 'hour', models: ['b'] },
    ],
    queue: { maxWaiting: 1, whenFull: 'lowest' },
    clock,
  });
  await Promise.all([limiter.acquire({ model: 'a' }), limiter.acquire({ model: 'b' })]);
  const low = limiter.acquire({ model: 'b', priority: 'low' });
  const refused = expect(low).rejects.toMatchObject({
    code: 'queue_full',
    limit: 'requests/hour b',
    retryAfterMs: 3_720_000,
  });
  const high = limiter.acquire({ model: 'a', priority: 'high' });
  await refused;
  await pass(clock, 62_000);
  await high;
});

test('where many wait, nobody is told to come again sooner than those who came before had to wait', async () => {
  quiet();
  const clock = createFakeClock();
  const limiter = createLimiter({
    limits: [{ requests: 10, per: 'second' }],
    mode: 'mirror',
    queue: { maxWaiting: 4, whenFull: 'lowest' },
    clock,
  });
  const told: number[] = [];
  const ask = (priority: 'high' | 'low') =>
    limiter.acquire({ priority }).catch((error) => {
      if (priority === 'low') told.push(error.retryAfterMs);
    });
  for (let call = 0; call < 10; call++) ask('high');
  for (let call = 0; call < 2; call++) ask('low');
  // Those of high priority come as fast as the limit lets them go, so the low ones get its least share.
  for (let call = 0; call < 16; call++) {
    ask('high');
    await pass(clock, 100);
  }
  for (let call = 0; call < 3; call++) ask('low');
  await turn();
  expect(told.length).toBeGreaterThan(0);
  expect(Math.min(...told)).toBeGreaterThanOrEqual(1_500);
  await limiter.close();
});

test.each([0, 1])('with room for %i to wait, whoever can go goes', async (maxWaiting) => {
  quiet();
  const clock = createFakeClock();
  const limiter = createLimiter({
    limits: [
      { requests: 1, per: 'minute', models: ['a'] },
      { requests: 10, per: 'minute' },
    ],
    queue: { maxWaiting },
    clock,
  });
  await limiter.acquire({ model: 'a' });
  const waits = maxWaiting > 0 ? limiter.acquire({ model: 'a' }) : undefined;
  await expect(limiter.acquire({ model: 'a' })).rejects.toMatchObject({ code: 'queue_full' });
  for (let call = 0; call < 5; call++) expect((await limiter.acquire({ model: 'b' })).waitMs).toBe(0);
  expect(limiter.stats().waiting.medium).toBe(maxWaiting);
  await pass(clock, 62_000);
  await waits;
});

test.each([
  [null, 'Expected `request` to be an object, got `null` (null)'],
  [5, 'Expected `request` to be an object, got `5` (number)'],
  [{ token: 1 }, 'Unknown option `request.token`. Did you mean `tokens`?'],
  [
    { tokens: 1, priority: null },
    "Expected `request.priority` to be 'high' or 'medium' or 'low', got `null` (null)",
  ],
  [{ tokens: Number.NaN }, 'Expected `request.tokens` to be an integer of at least 0, got `NaN` (number)'],
  [{ tokens: 1, signal: { addEventListener() {} } }, 'Expected `request.signal` to be an AbortSignal'],
  [{ tokens: 1, deadlineMs: null }, 'Expected `request.deadlineMs` to be a number of at least 0'],
])('refuses to acquire %j', async (request, message) => {
  const limiter = createLimiter({ limits: [{ tokens: 10, per: 'minute' }] });
  await expect(limiter.acquire(request as unknown as AcquireRequest)).rejects.toThrow(message);
  await expect(limiter.acquire(request as unknown as AcquireRequest)).rejects.toMatchObject({
    code: 'invalid_option',
  });
});

test.each([
  [{ limits: null }, 'Expected `options.limits` to be a list of at least one limit'],
  [{ limits: [null] }, 'Expected `options.limits[0]` to be an object, got `null` (null)'],
  [
    { limits: [{ requests: 1, per: 'minute', brust: 1 }] },
    'Unknown option `options.limits[0].brust`. Did you mean `burst`?',
  ],
  [
    { limits: [{ requests: 1, per: 'minute', burst: 2 }] },
    'Expected `options.limits[0].burst` to be an integer from 1 to 1',
  ],
  [{ queue: null }, 'Expected `options.queue` to be an object, got `null` (null)'],
  [{ queue: { maxWait: 1 } }, 'Unknown option `options.queue.maxWait`.'],
  [{ mode: null }, "Expected `options.mode` to be 'strict' or 'mirror' or 'smooth', got `null` (null)"],
  [{ clock: {} }, 'Expected `options.clock.nowMs` to be a function'],
])('refuses to make a limiter of %j', (options, message) => {
  const all = { limits: [{ requests: 1, per: 'minute' }], ...options };
  expect(() => createLimiter(all as unknown as LimiterOptions)).toThrow(message);
});

test('drops, where many wait, the last to come of the lowest priority', async () => {
  quiet();
  const clock = createFakeClock();
  const limiter = createLimiter({
    limits: [{ requests: 1, per: 'minute' }],
    queue: { maxWaiting: 4, whenFull: 'lowest' },
    clock,
  });
  const went: string[] = [];
  const ask = asker(limiter, went);
  ask('first', {});
  ask('medium', { priority: 'medium' });
  ask('low', { priority: 'low' });
  ask('low, later', { priority: 'low' });
  ask('medium, later', { priority: 'medium' });
  for (const label of ['high', 'high, too', 'high, also']) ask(label, { priority: 'high' });
  ask('low, last', { priority: 'low' });
  await turn();
  expect(went).toEqual([
    'first',
    'low, later: queue_full',
    'low: queue_full',
    'medium, later: queue_full',
    'low, last: queue_full',
  ]);
  await pass(clock, 5 * 62_000);
  expect(went.slice(5).sort()).toEqual(['high', 'high, also', 'high, too', 'medium']);
});

test('closed, it refuses who waits and who comes, and leaves no timer', async () => {
  quiet();
  const clock = createFakeClock();
  const limiter = createLimiter({ limits: [{ requests: 1, per: 'minute' }], clock });
  const went: string[] = [];
  const ask = asker(limiter, went);
  ask('first', {});
  ask('second', { deadlineMs: 100_000 });
  ask('third', { signal: new AbortController().signal });
  await limiter.close();
  await limiter.close();
  ask('fourth', {});
  await turn();
  expect(went).toEqual([
    'first',
    'second: limiter_closed',
    'third: limiter_closed',
    'fourth: limiter_closed',
  ]);
  expect(clock.waiting()).toBe(0);
});

describe('models that share a limit beside their own', () => {
  const limits = [
    { requests: 1, per: 'day' as const, models: ['a'] },
    { requests: 1_000, per: 'minute' as const, models: ['b'] },
    { requests: 1_000, per: 'minute' as const, models: ['c'] },
    { requests: 60, per: 'minute' as const, burst: 1 },
  ];

  test('go in the order in which they came', async () => {
    quiet();
    const clock = createFakeClock();
    const limiter = createLimiter({ limits, mode: 'mirror', clock });
    const went: string[] = [];
    const ask = asker(limiter, went);
    const order = ['b0', 'c1', 'b2', 'b3', 'c4', 'c5', 'b6'];
    for (const label of order) ask(label, { model: label.slice(0, 1) });
    await pass(clock, 10_000);
    expect(went).toEqual(order);
  });

  test.each([true, false])(
    'are held by turns, a low one blocked for a day beside them: %s',
    async (isBlocked) => {
      quiet();
      const clock = createFakeClock();
      const limiter = createLimiter({ limits, mode: 'mirror', clock });
      const went: string[] = [];
      const ask = asker(limiter, went);
      ask('first', { model: 'a' });
      if (isBlocked) ask('blocked', { model: 'a', priority: 'low' });
      for (let call = 0; call < 200; call++) ask('high', { model: 'b', priority: 'high' });
      await pass(clock, 100_000);
      expect(went.filter((label) => label === 'high').length).toBeGreaterThanOrEqual(99);
      const before = went.length;
      for (let call = 0; call < 20; call++) ask('low', { model: 'c', priority: 'low' });
      await pass(clock, 10_000);
      const lows = went.slice(before).filter((label) => label === 'low').length;
      // One turn, and one more that the priority may have missed.
      expect(lows).toBeGreaterThanOrEqual(1);
      expect(lows).toBeLessThanOrEqual(isBlocked ? 2 : 1);
    },
  );
});

test('wakes for whoever has room first', async () => {
  quiet();
  const clock = createFakeClock();
  const limits = [
    { requests: 1, per: 'hour' as const, models: ['a'] },
    { requests: 1, per: 'minute' as const, models: ['b'] },
  ];
  const limiter = createLimiter({ limits, clock });
  const went: string[] = [];
  const ask = asker(limiter, went);
  for (const label of ['a', 'b', 'a', 'b']) ask(label, { model: label });
  await pass(clock, 62_000);
  expect(went).toEqual(['a', 'b', 'b']);
});

test('a meter stays as long as anybody is at it, and a `*` stands for any characters', () => {
  const book = new QuotaBook(
    checkLimits('limits', [
      { requests: 1, per: 'minute', scope: 'user' },
      { requests: 1, per: 'minute', scope: 'user', models: ['gpt-5*', 'o.'] },
    ]),
    'strict',
  );
  const waits = book.groupOf({ user: 'waits', model: 'gpt-4' }, 0);
  waits.waiting = 1;
  for (let user = 0; user < 5_000; user++) book.groupOf({ user: `u${user}` }, 0);
  const other = book.groupOf({ user: 'waits', model: 'gpt-5-mini-2026' }, 0);
  expect(other.meters).toHaveLength(2);
  expect(other.meters[0]).toBe(waits.meters[0]);
  expect(book.groupOf({ model: 'gpt-5' }, 0).meters).toHaveLength(2);
  for (const model of ['o1', 'a-gpt-5', undefined]) expect(book.groupOf({ model }, 0).meters).toHaveLength(1);
});

test('a call that only leaves room to one of another model finds no place either, where enough wait', async () => {
  const clock = createFakeClock();
  const limits = [
    { tokens: 10, per: 'minute' as const },
    { requests: 100, per: 'minute' as const, models: ['a'] },
  ];
  const limiter = createLimiter({ limits, queue: { maxWaiting: 1 }, clock });
  await limiter.acquire({ tokens: 5, model: 'a' });
  const large = limiter.acquire({ tokens: 8, model: 'a' });
  // What goes from here on is still in the window when the large one's time comes.
  await pass(clock, 10_000);
  await expect(limiter.acquire({ tokens: 3, model: 'b' })).rejects.toMatchObject({ code: 'queue_full' });
  await pass(clock, 52_000);
  expect((await large).waitMs).toBe(62_000);
});
