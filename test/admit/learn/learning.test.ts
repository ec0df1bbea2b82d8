import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderAnswer } from '../../../src/admit/learn/provider-answer.ts';
import type { Limit, LimitMode } from '../../../src/admit/limit.ts';
import { type AcquireRequest, createLimiter, type Limiter } from '../../../src/admit/limiter.ts';
import type { Permit } from '../../../src/admit/permit.ts';
import { goDuration } from '../../../src/mock/headers.ts';
import { createFakeClock, type FakeClock } from '../../mock/fake-clock.ts';

const minuteMs = 60_000;

interface World {
  readonly clock: FakeClock;
  readonly limiter: Limiter;
  /** In the order in which they went. */
  readonly went: { readonly name: string; readonly atMs: number; readonly permit: Permit }[];
}

function newWorld(limits: readonly Limit[], mode: LimitMode = 'strict'): World {
  const clock = createFakeClock();
  return { clock, limiter: createLimiter({ limits, mode, clock }), went: [] };
}

/** Lets promises settle, and nothing else. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function ask(world: World, name: string, request: AcquireRequest): Promise<void> {
  const askedMs = world.clock.nowMs();
  world.limiter.acquire(request).then(
    (permit) => world.went.push({ name, atMs: askedMs + permit.waitMs, permit }),
    () => {},
  );
  await settled();
}

/** Moves on, stopping wherever something falls due. */
async function pass({ clock }: World, byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  for (let due = clock.nextDueMs(); due !== undefined && due <= untilMs; due = clock.nextDueMs()) {
    clock.advance(Math.max(due - clock.nowMs(), 0));
    await settled();
  }
  clock.advance(untilMs - clock.nowMs());
  await settled();
}

/** What a bucket's headers say, its window told by the reset. */
function told(unit: string, limit: number, remaining: number, windowMs = minuteMs): Headers {
  return new Headers({
    [`x-ratelimit-limit-${unit}`]: String(limit),
    [`x-ratelimit-remaining-${unit}`]: String(remaining),
    [`x-ratelimit-reset-${unit}`]: goDuration(((limit - remaining) * windowMs) / limit),
  });
}

const refusal = (message = '', code = 'rate_limit_exceeded') => ({
  error: { message, type: 'tokens', code },
});

const quotas = ({ limiter }: World): Record<string, number> =>
  Object.fromEntries(limiter.stats().limits.map(({ limit, quota }) => [limit, quota]));

const names = ({ went }: World): string[] => went.map(({ name, atMs }) => `${name} ${atMs}`);

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a limit that the provider names', () => {
  const limits: readonly Limit[] = [
    { requests: 500, per: 'minute' },
    { requests: 10_000, per: 'day' },
    { tokens: 200_000, per: 'minute', models: ['a'] },
    { tokens: 300_000, per: 'minute', models: ['b'] },
    { tokens: 50_000, per: 'minute', scope: 'project' },
  ];

  test('holds where it is smaller than configured, for its unit, window and model alone', () => {
    const world = newWorld(limits);
    world.limiter.learn({ model: 'a', headers: told('tokens', 30_000, 29_000) });
    expect(quotas(world)).toMatchObject({
      'requests/minute': 500,
      'requests/day': 10_000,
      'tokens/minute a': 30_000,
      'tokens/minute b': 300_000,
    });
    world.limiter.learn({ model: 'a', headers: told('requests', 200, 199, 86_400_000) });
    expect(quotas(world)).toMatchObject({ 'requests/minute': 500, 'requests/day': 200 });
  });

  test('holds for the limit per project where it is named so', () => {
    const world = newWorld(limits);
    world.limiter.learn({ project: 'p', headers: told('project-tokens', 20_000, 19_000) });
    expect(quotas(world)).toMatchObject({ 'tokens/minute per project': 20_000 });
  });

  test('is nothing where it is larger, where its window is unknown, or where nothing has that window', () => {
    const world = newWorld(limits);
    const before = quotas(world);
    world.limiter.learn({ model: 'a', headers: told('tokens', 900_000, 899_000) });
    world.limiter.learn({ model: 'a', headers: told('tokens', 30_000, 30_000) });
    world.limiter.learn({ model: 'a', headers: told('tokens', 30_000, 29_000, 360_000) });
    world.limiter.learn({ model: 'a', headers: told('requests', 5, 4, 3_600_000) });
    expect(quotas(world)).toMatchObject(before);
    expect(world.limiter.stats().learning).toMatchObject({ headersRead: 4, headersMalformed: 0 });
  });

  test('is read from a refusal too', () => {
    const world = newWorld(limits);
    const message =
      'Request too large for a in organization org on tokens per min (TPM): Limit 30000, Requested 31538.';
    world.limiter.learn({ model: 'a', status: 429, error: refusal(message) });
    expect(quotas(world)).toMatchObject({ 'tokens/minute a': 30_000 });
    expect(world.limiter.stats().learning).toMatchObject({ gatesClosed: 0, refusals: { oversize: 1 } });
  });

  test('lets go at once those who waited for one that was smaller', async () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    for (let call = 0; call < 10; call++) await ask(world, 'call', {});
    world.limiter.learn({ headers: told('requests', 10, 9) });
    await ask(world, 'later', {});
    expect(world.went).toHaveLength(10);
    await pass(world, 1_500);
    world.limiter.learn({ headers: told('requests', 100, 90) });
    await settled();
    expect(names(world).slice(10)).toEqual(['later 1500']);
  });

  test('is the one that the answer to the latest call named, in whatever order the answers come', () => {
    const answer = fc.record({
      startedMs: fc.integer({ min: 0, max: 20 }),
      limit: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 20 }), (answers) => {
        const world = newWorld([{ requests: 500, per: 'minute' }]);
        world.clock.advance(100);
        for (const { startedMs, limit } of answers)
          world.limiter.learn({ startedMs, headers: told('requests', limit, limit - 1) });
        const latest = Math.max(...answers.map(({ startedMs }) => startedMs));
        const named = answers.filter(({ startedMs }) => startedMs === latest).map(({ limit }) => limit);
        expect(quotas(world)).toEqual({ 'requests/minute': Math.min(500, ...named) });
      }),
    );
  });
});

describe('other consumers of the key', () => {
  test('are counted, and their share is theirs', async () => {
    const world = newWorld([{ tokens: 100, per: 'minute' }]);
    await ask(world, 'first', { tokens: 10 });
    const permit = world.went[0]?.permit as Permit;
    world.limiter.learn({ permit, headers: told('tokens', 100, 20) });
    expect(world.limiter.stats().limits).toMatchObject([{ used: 80, foreign: 70, quota: 100 }]);
    await ask(world, 'second', { tokens: 20 });
    await ask(world, 'third', { tokens: 1 });
    await pass(world, 2 * minuteMs);
    // The provider has 20 left, and nothing until more has come back: 100 a minute.
    expect(names(world)).toEqual(['first 0', 'second 0', 'third 1000']);
  });

  test('leave as the provider lets them go, and the pace of our own calls stays', async () => {
    const world = newWorld([{ tokens: 120, per: 'minute', burst: 30 }]);
    world.limiter.learn({ headers: told('tokens', 120, 0) });
    const seen: number[] = [];
    for (let second = 0; second <= 61; second++) {
      seen.push(world.limiter.stats().limits[0]?.used ?? -1);
      await pass(world, 1_000);
    }
    expect(seen).toEqual([...Array.from({ length: 61 }, (_, second) => 120 - 2 * second), 0]);
    const other = newWorld([{ tokens: 120, per: 'minute', burst: 30 }]);
    other.limiter.learn({ headers: told('tokens', 120, 60) });
    await ask(other, 'burst', { tokens: 30 });
    expect(names(other)).toEqual(['burst 0']);
  });

  test('are looked for in calls that are under way too', async () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    for (let call = 0; call < 30; call++) await ask(world, 'call', {});
    world.limiter.learn({ headers: told('requests', 100, 70) });
    expect(world.limiter.stats().limits).toMatchObject([{ used: 30, foreign: 0 }]);
    world.limiter.learn({ headers: told('requests', 100, 65) });
    expect(world.limiter.stats().limits).toMatchObject([{ used: 35, foreign: 5 }]);
  });

  test('take nothing of a configured share while the provider has more than that left', () => {
    const world = newWorld([{ tokens: 100, per: 'minute' }]);
    world.limiter.learn({ headers: told('tokens', 1_000, 100) });
    expect(world.limiter.stats().limits).toMatchObject([{ used: 0, foreign: 0 }]);
    world.limiter.learn({ headers: told('tokens', 1_000, 40) });
    expect(world.limiter.stats().limits).toMatchObject([{ used: 60, foreign: 60 }]);
  });

  test('in an older answer than the last are old news', async () => {
    const world = newWorld([{ tokens: 100, per: 'minute' }]);
    await pass(world, 5_000);
    world.limiter.learn({ startedMs: 4_000, headers: told('tokens', 100, 90) });
    const before = world.limiter.stats().limits;
    world.limiter.learn({ startedMs: 3_000, headers: told('tokens', 100, 10) });
    expect(world.limiter.stats().limits).toEqual(before);
  });

  test('are never seen where there are none, whatever the latency and the order of answers', async () => {
    const call = fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      tokens: fc.integer({ min: 0, max: 60 }),
      /** From the permit to the provider's count, and from there to the answer. */
      thereMs: fc.integer({ min: 0, max: 900 }),
      backMs: fc.integer({ min: 0, max: 90_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), async (calls) => {
        const world = newWorld([{ tokens: 100, per: 'minute' }]);
        // The provider's own law: a bucket that refills all the time.
        let level = 100;
        let countedMs = 0;
        const { clock, limiter } = world;
        for (const { afterMs, tokens, thereMs, backMs } of calls) {
          await pass(world, afterMs);
          limiter.acquire({ tokens }).then((permit) => {
            clock.schedule(
              () => {
                level = Math.min(100, level + ((clock.nowMs() - countedMs) * 100) / minuteMs) - tokens;
                countedMs = clock.nowMs();
                const headers = told('tokens', 100, Math.max(Math.floor(level), 0));
                clock.schedule(() => limiter.learn({ permit, headers }), backMs, 'work');
              },
              thereMs,
              'work',
            );
          });
        }
        await pass(world, 100 * minuteMs);
        expect(limiter.stats().limits).toMatchObject([{ foreign: 0, used: 0, quota: 100 }]);
        expect(limiter.stats().admitted).toBe(calls.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a refusal for the rate', () => {
  test('holds everybody until Retry-After, and opens again by a twentieth a second', async () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    for (let call = 0; call < 80; call++) await ask(world, 'call', {});
    world.went.length = 0;
    world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '3' }), error: refusal() });
    expect(quotas(world)).toEqual({ 'requests/minute': 70 });
    for (let call = 0; call < 7; call++) await ask(world, 'later', {});
    await pass(world, 10_000);
    // 70, and from the fourth second on 75, 80, 85, …: there were 80.
    expect(names(world)).toEqual([...Array(5).fill('later 6000'), ...Array(2).fill('later 7000')]);
    expect(quotas(world)).toEqual({ 'requests/minute': 100 });
    expect(world.limiter.stats().learning).toMatchObject({ gatesClosed: 1, refusals: { rate_limit: 1 } });
  });

  const reached =
    'Rate limit reached for a in organization org on requests per min (RPM): Limit 100, Used 100, Requested 1.';

  test.each([
    [`${reached} Please try again in 2.5s.`, 2_500],
    [reached, 600],
    ['', 1_000],
  ])('goes by the time in its text, and else by what is missing: %j', async (message, atMs) => {
    const world = newWorld([{ tokens: 1_000, per: 'day' }]);
    world.limiter.learn({ status: 429, error: refusal(message) });
    await ask(world, 'call', { tokens: 1 });
    await pass(world, minuteMs);
    expect(names(world)).toEqual([`call ${atMs}`]);
  });

  test('lowers the limit that it names, or each where it names none', () => {
    const limits: readonly Limit[] = [
      { requests: 100, per: 'minute' },
      { tokens: 1_000, per: 'minute' },
      { tokens: 1_000, per: 'minute', scope: 'user' },
    ];
    const world = newWorld(limits);
    const message =
      'Rate limit reached for a in organization org on requests per min (RPM): Limit 100, Used 100, Requested 1.';
    world.limiter.learn({ user: 'u', status: 429, error: refusal(message) });
    expect(quotas(world)).toMatchObject({ 'requests/minute': 70, 'tokens/minute': 1_000 });
    const other = newWorld(limits);
    other.limiter.learn({ user: 'u', status: 429 });
    expect(quotas(other)).toEqual({
      'requests/minute': 70,
      'tokens/minute': 700,
      'tokens/minute per user': 1_000,
    });
  });

  test('of a burst is one: calls that began before it say nothing new', async () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    await pass(world, 1_000);
    for (let call = 0; call < 50; call++) world.limiter.learn({ startedMs: 500 + call, status: 429 });
    expect(quotas(world)).toEqual({ 'requests/minute': 70 });
    expect(world.limiter.stats().learning).toMatchObject({ gatesClosed: 1, refusals: { rate_limit: 50 } });
  });

  test('after refusal leaves a twentieth at least, and that is no less than one', async () => {
    const world = newWorld([
      { requests: 3, per: 'minute' },
      { requests: 1_000, per: 'day' },
    ]);
    for (let call = 0; call < 40; call++) world.limiter.learn({ status: 429 });
    expect(quotas(world)).toEqual({ 'requests/minute': 1, 'requests/day': 50 });
    // The minute's come back by the second, the day's in steps of 24 minutes.
    await pass(world, 21_000);
    expect(quotas(world)).toEqual({ 'requests/minute': 3, 'requests/day': 50 });
    await pass(world, 86_400_000);
    expect(quotas(world)).toEqual({ 'requests/minute': 3, 'requests/day': 1_000 });
  });

  test('holds no other model, and whoever asks for the same one', async () => {
    const world = newWorld([
      { requests: 100, per: 'minute', models: ['a'] },
      { requests: 100, per: 'minute', models: ['b'] },
      { requests: 1_000, per: 'day', scope: 'user' },
    ]);
    world.limiter.learn({
      model: 'a',
      user: 'one',
      status: 429,
      headers: new Headers({ 'retry-after': '9' }),
    });
    await ask(world, 'a of one', { model: 'a', user: 'one' });
    await ask(world, 'a of two', { model: 'a', user: 'two' });
    await ask(world, 'b of one', { model: 'b', user: 'one' });
    await pass(world, 20_000);
    expect(names(world)).toEqual(['b of one 0', 'a of one 9000', 'a of two 9200']);
    expect(quotas(world)).toMatchObject({ 'requests/minute a': 100, 'requests/minute b': 100 });
  });

  test('opens its gate to one call, and with each step to as many again', async () => {
    const world = newWorld([{ requests: 10_000, per: 'minute' }]);
    world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '1' }) });
    for (let call = 0; call < 40; call++) await ask(world, 'call', {});
    await pass(world, 5_000);
    const times = names(world).map((name) => Number(name.split(' ')[1]));
    const wentBy = (ms: number) => times.filter((at) => at <= ms).length;
    expect([999, 1_000, 1_200, 1_400, 1_600, 1_800, 2_000].map(wentBy)).toEqual([0, 1, 2, 4, 8, 16, 32]);
    expect(times).toHaveLength(40);
  });

  test('tells whoever comes how long its steps will take', async () => {
    const world = newWorld([{ requests: 10_000, per: 'minute' }]);
    world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '1' }) });
    await ask(world, 'first', {});
    await pass(world, 1_050);
    expect(names(world)).toEqual(['first 1000']);
    const refused = world.limiter.acquire({ deadlineMs: 100 });
    await expect(refused).rejects.toMatchObject({ code: 'deadline_exceeded', retryAfterMs: 150 });
    await expect(refused).rejects.toThrow('would wait about 150 ms');
  });

  test('lets few go that would be refused again', async () => {
    const world = newWorld([{ requests: 10_000, per: 'minute' }]);
    const refuse = () => world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '1' }) });
    refuse();
    for (let call = 0; call < 40; call++) await ask(world, 'call', {});
    // The answer to each that goes comes back 100 ms later.
    for (let second = 0; second < 5; second++) {
      await pass(world, 1_100);
      refuse();
    }
    expect(names(world)).toHaveLength(5);
    await pass(world, 5_000);
    expect(names(world)).toHaveLength(40);
  });

  test('closes for no longer than the window, whatever it asks', async () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    world.limiter.learn({ status: 429, headers: new Headers({ 'retry-after': '999999' }) });
    await ask(world, 'call', {});
    await pass(world, 2 * minuteMs);
    expect(names(world)).toEqual(['call 60000']);
  });

  test('holds those whom only a limit per user holds, and nobody whom no limit holds', async () => {
    const world = newWorld([{ requests: 100, per: 'minute', models: ['a'], scope: 'user' }]);
    const headers = new Headers({ 'retry-after': '9' });
    world.limiter.learn({ model: 'a', status: 429, headers });
    world.limiter.learn({ model: 'b', status: 429, headers });
    await ask(world, 'a', { model: 'a' });
    await ask(world, 'c', { model: 'c' });
    await pass(world, 20_000);
    expect(names(world)).toEqual(['c 0', 'a 9000']);
    expect(world.limiter.stats().learning).toMatchObject({ gatesClosed: 1, refusals: { rate_limit: 2 } });
  });

  test('is taken from the error that the client threw', () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    const headers = told('requests', 50, 0);
    world.limiter.learn({ error: { status: 429, headers, ...refusal() } });
    expect(world.limiter.stats()).toMatchObject({
      learning: { headersRead: 1, refusals: { rate_limit: 1 } },
      limits: [{ quota: 35 }],
    });
  });

  test.each([
    ['insufficient_quota', 429, 'insufficient_quota'],
    ['server_is_overloaded', 503, 'overloaded'],
  ])('is none with %s, which holds nobody', (code, status, kind) => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    world.limiter.learn({ status, error: refusal('', code) });
    expect(quotas(world)).toEqual({ 'requests/minute': 100 });
    expect(world.limiter.stats().learning).toMatchObject({ gatesClosed: 0, refusals: { [kind]: 1 } });
  });
});

describe('a wish to slow down', () => {
  test('leaves seven tenths of what went, and lets grow by half in 15 minutes at most', async () => {
    const world = newWorld([
      { tokens: 10_000, per: 'minute' },
      { tokens: 1_000_000, per: 'day' },
    ]);
    await ask(world, 'call', { tokens: 2_000 });
    world.limiter.learn({ status: 429, error: refusal('', 'slow_down') });
    expect(quotas(world)).toEqual({ 'tokens/minute': 1_400, 'tokens/day': 1_000_000 });
    const seen: number[] = [];
    for (let minute = 0; minute < 120; minute++) {
      seen.push(quotas(world)['tokens/minute'] ?? 0);
      await pass(world, minuteMs);
    }
    expect(seen.at(-1)).toBe(10_000);
    // Whole tokens are rounded, by one at most.
    for (const [minute, quota] of seen.entries())
      expect(seen[minute + 15] ?? 0).toBeLessThanOrEqual((quota + 1) * 1.5);
  });
});

test('a wish to slow down that comes after all has opened again changes nothing', async () => {
  const world = newWorld([{ tokens: 10_000, per: 'minute' }]);
  await pass(world, 1_000);
  world.limiter.learn({ status: 429 });
  await pass(world, minuteMs);
  world.limiter.learn({ startedMs: 0, status: 429, error: refusal('', 'slow_down') });
  expect(quotas(world)).toEqual({ 'tokens/minute': 10_000 });
  world.limiter.learn({ status: 429 });
  await pass(world, minuteMs);
  expect(quotas(world)).toEqual({ 'tokens/minute': 10_000 });
});

const answer: fc.Arbitrary<ProviderAnswer & { agoMs: number }> = fc.record(
  {
    agoMs: fc.integer({ min: 0, max: 5_000 }),
    model: fc.constantFrom('a', 'b'),
    headers: fc
      .tuple(
        fc.constantFrom('requests', 'tokens'),
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(minuteMs, 86_400_000, 20_000),
      )
      .map(([unit, limit, share, windowMs]) => told(unit, limit, Math.floor(limit * share), windowMs)),
    status: fc.constantFrom(200, 429, 429, 503),
    error: fc.oneof(
      fc.constant(refusal()),
      fc.constant(refusal('', 'slow_down')),
      fc.constant(
        refusal(
          'Rate limit reached for a in organization o on tokens per min (TPM): Limit 50, Used 50, Requested 9. Please try again in 9s.',
        ),
      ),
      fc.anything(),
    ),
  },
  { requiredKeys: ['agoMs'] },
);

const step = fc.oneof(
  fc.record({
    does: fc.constant('ask' as const),
    tokens: fc.integer({ min: 0, max: 100 }),
    model: fc.constantFrom('a', 'b'),
  }),
  fc.record({ does: fc.constant('learn' as const), answer }),
  fc.record({
    does: fc.constant('pass' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 90_000 })),
  }),
);

const limits: readonly Limit[] = [
  { requests: 20, per: 'minute' },
  { tokens: 100, per: 'minute', models: ['a'] },
  { tokens: 200, per: 'minute', models: ['b'], burst: 120 },
  { requests: 60, per: 'day' },
];

describe('whatever is learnt', () => {
  test.each(['strict', 'mirror', 'smooth'] as const)(
    'raises nothing above what is configured, and loses nobody who waits: %s',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const world = newWorld(limits, mode);
          let asked = 0;
          const check = (): void => {
            for (const { quota, limit } of world.limiter.stats().limits) {
              expect(quota).toBeGreaterThanOrEqual(1);
              expect(quota).toBeLessThanOrEqual(
                { 'requests/minute': 20, 'tokens/minute a': 100, 'tokens/minute b': 200 }[limit] ?? 60,
              );
            }
          };
          for (const one of steps) {
            if (one.does === 'ask') {
              asked++;
              await ask(world, one.model, { tokens: one.tokens, model: one.model });
            }
            if (one.does === 'pass') await pass(world, one.ms);
            if (one.does === 'learn') {
              const { agoMs, ...given } = one.answer;
              world.limiter.learn({ ...given, startedMs: world.clock.nowMs() - agoMs });
              await settled();
            }
            check();
          }
          // The provider may have named a limit of one a day, so this can take as many days as there are calls.
          for (let day = 0; day < 100 && world.went.length < asked; day++) await pass(world, 87_400_000);
          expect(world.went.length).toBe(asked);
          expect(world.clock.waiting()).toBe(0);
          check();
        }),
        { numRuns: 60 },
      );
    },
  );

  test('of limits and refusals at one time is the same in any order', async () => {
    const one = fc.record({
      startedMs: fc.integer({ min: 0, max: 900 }),
      limit: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
      retryMs: fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: undefined }),
    });
    const pair = fc
      .array(one, { minLength: 2, maxLength: 8 })
      .chain((answers) =>
        fc.tuple(fc.constant(answers), fc.shuffledSubarray(answers, { minLength: answers.length })),
      );
    await fc.assert(
      fc.asyncProperty(pair, async (orders) => {
        const outcomes: unknown[] = [];
        for (const answers of orders) {
          const world = newWorld([{ requests: 200, per: 'minute' }]);
          await pass(world, 1_000);
          for (const { startedMs, limit, retryMs } of answers) {
            // One of a thousand is gone: nobody else is there.
            const headers =
              limit === undefined ? new Headers() : told('requests', limit * 1_000, limit * 1_000 - 1);
            if (limit !== undefined)
              headers.set('x-ratelimit-reset-requests', `${60_000_000 / (limit * 1_000)}us`);
            if (retryMs !== undefined) headers.set('retry-after-ms', String(retryMs));
            world.limiter.learn({ startedMs, headers, ...(retryMs !== undefined && { status: 429 }) });
          }
          const seen: unknown[] = [];
          await ask(world, 'call', {});
          for (let second = 0; second < 50; second++) {
            seen.push(quotas(world));
            await pass(world, 1_000);
          }
          outcomes.push([seen, names(world)]);
        }
        expect(outcomes[1]).toEqual(outcomes[0]);
      }),
      { numRuns: 60 },
    );
  });

  test('makes sense or is counted', () => {
    const world = newWorld([{ requests: 100, per: 'minute' }]);
    const headers = new Headers({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-reset-tokens': 'soon' });
    world.limiter.learn({ headers });
    expect(world.limiter.stats().learning).toEqual({
      headersRead: 0,
      headersMalformed: 2,
      refusals: { rate_limit: 0, oversize: 0, insufficient_quota: 0, slow_down: 0, overloaded: 0 },
      gatesClosed: 0,
    });
    expect(quotas(world)).toEqual({ 'requests/minute': 100 });
  });

  test('from a permit of another limiter goes by the model that is named', async () => {
    const other = newWorld([{ requests: 100, per: 'minute' }]);
    await ask(other, 'call', {});
    const world = newWorld([{ requests: 100, per: 'minute', models: ['a'] }]);
    world.limiter.learn({ permit: other.went[0]?.permit as Permit, model: 'a', status: 429 });
    expect(quotas(world)).toEqual({ 'requests/minute a': 70 });
  });

  test.each([
    [{ modle: 'a' }, 'Did you mean `model`?'],
    [{ model: '' }, 'Expected `answer.model` to be a non-empty string'],
    [{ headers: 'x' }, 'Expected `answer.headers` to be headers'],
    [{ status: 4.5 }, 'Expected `answer.status` to be a finite integer'],
    [{ startedMs: Number.NaN }, 'Expected `answer.startedMs` to be a finite number'],
    [{ permit: {} }, 'Expected `answer.permit` to be a permit'],
  ])('has to be an answer: %j', (given, message) => {
    const { limiter } = newWorld([{ requests: 1, per: 'minute' }]);
    expect(() => limiter.learn(given as ProviderAnswer)).toThrow(message);
  });
});
