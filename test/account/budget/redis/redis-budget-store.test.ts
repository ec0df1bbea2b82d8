import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Ledger } from '../../../../src/account/budget/ledger.ts';
import { periodOf } from '../../../../src/account/budget/period.ts';
import { redisBudgetStore } from '../../../../src/account/budget/redis/redis-budget-store.ts';
import type { BudgetStore, Charge, SettledCost } from '../../../../src/account/budget/store.ts';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisClient } from '../../../../src/redis-script.ts';
import { hasRedis, type RedisServer, startRedis, until } from '../../../admit/redis/redis-server.ts';
import type { BudgetChildLine, BudgetChildTask } from './child.ts';

const usd = 1_000_000_000_000n;
let server: RedisServer;
let redis: Redis;
let keys = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
afterAll(() => server.stop());

function charge(reservePico: bigint, limitPico = 100n * usd, owner = ''): Charge {
  return {
    account: { budget: `usd/month${owner === '' ? '' : ' per user'}`, owner },
    per: 'month',
    limitPico,
    reservePico,
    isHard: true,
    thresholds: [0.5, 0.8, 1].map((at) => ({ at, pico: (limitPico * BigInt(at * 10)) / 10n })),
  };
}

function open(key: string, options: Partial<Parameters<typeof redisBudgetStore>[1]> = {}): BudgetStore {
  const store = redisBudgetStore(server.client(), { key, ...options });
  onTestFinished(() => store.close());
  return store;
}

const cost = (pico: bigint): SettledCost => ({ kind: 'cost', pico, isEstimated: false });

describe.skipIf(!hasRedis)('budgets in Redis', () => {
  test('are the ledger of a process, to the unit', { timeout: 60_000 }, async () => {
    const amount = fc.oneof(
      fc.bigInt({ min: 0n, max: 60n * usd }),
      fc.constantFrom(0n, 1n, usd - 1n, usd, 9_007_199_254_740_993n),
    );
    const operation = fc.record({
      amounts: fc.array(amount, { minLength: 1, maxLength: 2 }),
      owner: fc.constantFrom('ann', 'bob'),
      settles: fc.boolean(),
      kind: fc.constantFrom('release', 'unknown', 'cost', 'estimate'),
      share: fc.bigInt({ min: 0n, max: 12n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        const store = redisBudgetStore(redis, { key: `same ${keys++}` });
        const ledger = new Ledger();
        for (const { amounts, owner, settles, kind, share } of operations) {
          const charges = amounts.map((pico, index) => charge(pico, 10_000n * usd, index === 0 ? '' : owner));
          const there = await store.reserve(charges);
          const here = ledger.reserve(charges, Date.now());
          expect(there.refusedBy).toEqual(here.refusedBy);
          expect(there.figures).toEqual(here.accounts.map((account) => account.figures()));
          const shares = (crossed: typeof there.crossed) =>
            crossed.map(({ figures, at, reason }) => [figures.account.owner, at, reason]).sort();
          expect(shares(there.crossed)).toEqual(shares(here.crossed));
          if (!settles) continue;
          const pico = ((amounts[0] ?? 0n) * share) / 10n;
          const costs: Record<string, SettledCost> = {
            release: { kind: 'release' },
            unknown: { kind: 'unknown' },
            cost: cost(pico),
            estimate: { kind: 'cost', pico, isEstimated: true },
          };
          const settled = costs[kind] ?? { kind: 'release' };
          const toldThere = (await there.reservation?.settle(settled)) ?? [];
          const toldHere = here.held?.settle(settled)?.crossed ?? [];
          expect(shares(toldThere)).toEqual(shares(toldHere));
          expect(await there.reservation?.settle(settled)).toEqual(there.reservation && []);
        }
        const now = ledger.accounts(Date.now()).map((account) => account.figures());
        expect(new Set(store.figures().map(text))).toEqual(new Set(now.map(text)));
        await store.close();
      }),
      { numRuns: 50 },
    );
  });

  test('keep no names of users in their keys, and none of them for ever', async () => {
    const store = open('names');
    await store.reserve([charge(1n, usd, 'ann@example.com')]);
    const found = await redis.keys('telltale:{names}:*');
    expect(found.length).toBe(2);
    const { endMs } = periodOf('month', Date.now());
    for (const key of found) {
      expect(key).not.toContain('ann');
      expect(await redis.pttl(key)).toBeLessThanOrEqual(endMs - Date.now() + 1_801_000);
      expect(await redis.pttl(key)).toBeGreaterThan(0);
    }
  });

  test('count as spent what was reserved and never settled, once its lease is over; what is said later still counts', async () => {
    const [one, other] = [open('lease', { leaseMs: 1_000 }), open('lease', { leaseMs: 1_000 })];
    const { reservation } = await one.reserve([charge(60n * usd)]);
    let first = await other.reserve([charge(0n)]);
    expect(first.figures).toMatchObject([{ spentPico: 0n, reservedPico: 60n * usd }]);
    await until('the lease to end', async () => {
      first = await other.reserve([charge(0n)]);
      return first.figures[0]?.spentPico === 60n * usd;
    });
    expect(first.figures).toMatchObject([{ estimatedPico: 60n * usd }]);
    expect(first.crossed).toMatchObject([{ at: 0.5, reason: 'spent' }]);
    expect(await reservation?.settle(cost(7n))).toEqual([]);
    expect((await other.reserve([charge(0n)])).figures).toMatchObject([{ spentPico: 7n, estimatedPico: 0n }]);
  });

  test('lose no lease that runs out while a clock is put right', async () => {
    const dead = open('put right', { leaseMs: 1_000 });
    await dead.reserve([charge(3n * usd)]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const clock = { ...systemClock, epochMs: () => Date.now() - 90_000 };
    const minute: Charge = { ...charge(0n), account: { budget: 'usd/minute', owner: '' }, per: 'minute' };
    const { figures } = await open('put right', { clock }).reserve([charge(0n), minute]);
    expect(figures[0]).toMatchObject({ spentPico: 3n * usd, reservedPico: 0n });
  });

  test('are asked by the time of the server, not of the process', async () => {
    const clock = { ...systemClock, epochMs: () => Date.now() - 90 * 86_400_000 };
    const { figures } = await open('time', { clock }).reserve([charge(1n)]);
    expect(figures).toMatchObject([periodOf('month', Date.now())]);
  });

  test('go on from the last known sums while Redis is gone, and tell it afterwards', {
    timeout: 30_000,
  }, async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const store = redisBudgetStore(own.client(), { key: 'gone', timeoutMs: 200 });
    const before = await store.reserve([charge(40n * usd)]);
    await before.reservation?.settle(cost(40n * usd));
    const open = await store.reserve([charge(20n * usd)]);
    await own.kill();
    // What is reserved there counts as spent here.
    expect((await store.reserve([charge(41n * usd)])).refusedBy).toEqual([0]);
    const during = await store.reserve([charge(40n * usd)]);
    expect(store.isDown()).toBe(true);
    expect(await during.reservation?.settle(cost(39n * usd))).toEqual(
      // 50 and 80 % at once, and 100 % was told of when a call was turned down.
      [expect.objectContaining({ at: 0.5 }), expect.objectContaining({ at: 0.8 })],
    );
    await open.reservation?.settle(cost(5n * usd));
    await own.start();
    await until('it to be back', () => !store.isDown());
    await until('it to be told', async () => {
      const { figures } = await store.reserve([charge(0n)]);
      return (figures[0]?.spentPico ?? 0n) >= 84n * usd;
    });
    // Redis forgot all: it was told what was last known, what was reserved then among it, and what came later.
    const last = await store.reserve([charge(0n)]);
    expect(last.figures[0]?.spentPico).toBe(104n * usd);
    expect(last.figures[0]?.isUncertain).toBe(true);
    expect(last.crossed).toEqual([]);
    await store.close();
    expect(warned).toHaveBeenCalledTimes(1);
  });

  test('count once what Redis hears late: it was given up here, and gone on with', {
    timeout: 30_000,
  }, async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const store = redisBudgetStore(own.client(), { key: 'late', timeoutMs: 100 });
    const early = await store.reserve([charge(3n * usd)]);
    await own.client().call('CLIENT', 'PAUSE', '700', 'ALL');
    const during = await Promise.all([1, 2, 3].map(() => store.reserve([charge(10n * usd)])));
    expect(store.isDown()).toBe(true);
    for (const { reservation } of during) await reservation?.settle(cost(7n * usd));
    await early.reservation?.settle(cost(2n * usd));
    await until('it to be back', () => !store.isDown());
    let figures = store.figures();
    await until('all to be told', async () => {
      figures = (await store.reserve([charge(0n)])).figures;
      return (figures[0]?.spentPico ?? 0n) >= 23n * usd;
    });
    expect(figures).toMatchObject([{ spentPico: 23n * usd, reservedPico: 0n, isUncertain: false }]);
    await store.close();
  });

  test('count once what a client sends again because its connection broke before the answer', async () => {
    const client = server.client();
    const again: RedisClient = {
      evalsha: async () => {
        throw new Error('NOSCRIPT');
      },
      eval: async (...given) => {
        await client.eval(...given);
        return await client.eval(...given);
      },
    };
    const store = redisBudgetStore(again, { key: 'twice' });
    const first = await store.reserve([charge(60n * usd)]);
    expect(first).toMatchObject({ refusedBy: [], figures: [{ reservedPico: 60n * usd }] });
    await first.reservation?.settle(cost(5n * usd));
    expect(store.figures()).toMatchObject([{ spentPico: 5n * usd, reservedPico: 0n }]);
    await store.close();
  });

  test('are held here where Redis gives no sense', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const answers: unknown[] = [
      'no list',
      ['telltale 0'],
      ['telltale 1', '0', 'perhaps', [], []],
      ['telltale 1', '0', 'reserved', [], [[]]],
    ];
    for (const answer of answers) {
      const client = { evalsha: async () => answer, eval: async () => answer };
      const store = redisBudgetStore(client, { key: 'nonsense' });
      expect((await store.reserve([charge(60n * usd)])).refusedBy).toEqual([]);
      expect((await store.reserve([charge(60n * usd)])).refusedBy).toEqual([0]);
      expect(store.isDown()).toBe(true);
      await store.close();
    }
    expect(warned).toHaveBeenCalledTimes(answers.length);
  });

  test.each([
    ['closed', { code: 'store_unavailable' }],
    ['open', { refusedBy: [] }],
  ] as const)('with `%s`, do as they are told while Redis is gone', async (whenDown, expected) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const store = redisBudgetStore(own.client(), { key: 'gone', timeoutMs: 100, whenDown });
    await store.reserve([charge(100n * usd)]);
    await own.kill();
    const answer = await store.reserve([charge(usd)]).catch((error: unknown) => error);
    expect(answer).toMatchObject(expected);
    await store.close();
  });
});

/** Order of keys is not what is compared. */
function text(figures: object): string {
  return JSON.stringify(Object.entries(figures).sort(), (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

interface Child {
  readonly process: ChildProcess;
  readonly lines: BudgetChildLine[];
}

function startChild(task: Omit<BudgetChildTask, 'port'>, port: number): Child {
  const file = path.join(import.meta.dirname, 'child.ts');
  const started = spawn(process.execPath, [file, JSON.stringify({ ...task, port })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  const child: Child = { process: started, lines: [] };
  let rest = '';
  started.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) child.lines.push(JSON.parse(line) as BudgetChildLine);
  });
  return child;
}

const isRefused = (line: BudgetChildLine) => 'refused' in line;
const settledBy = (children: readonly Child[]) =>
  children.flatMap(({ lines }) => lines.flatMap((line) => ('settled' in line ? [BigInt(line.settled)] : [])));
const alertsOf = (children: readonly Child[]) =>
  children.flatMap(({ lines }) => lines.flatMap((line) => ('alerts' in line ? line.alerts : [])));

async function storedUsd(client: Redis): Promise<{ spent: bigint; reserved: bigint }> {
  const [key = ''] = (await client.keys('telltale:{children}:budget:*')).filter(
    (one) => !one.endsWith(':open'),
  );
  const [su, sp, ru, rp] = await client.hmget(key, 'su', 'sp', 'ru', 'rp');
  const amount = (whole: string | null | undefined, pico: string | null | undefined) =>
    BigInt(whole ?? 0) * usd + BigInt(pico ?? 0);
  return { spent: amount(su, sp), reserved: amount(ru, rp) };
}

describe.skipIf(!hasRedis)('processes that share a budget in Redis', () => {
  const task = {
    lanes: 20,
    limitPico: String(10n * usd + 5n),
    reservePico: String(30_000_000_007n),
    costPico: String(29_999_999_999n),
    leaseMs: 900_000,
    isStuck: false,
  };

  test('cannot both spend the last dollar, and tell of each threshold once', {
    timeout: 30_000,
  }, async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const children = [1, 2].map(() => startChild(task, own.port));
    await until('both to be there', () => children.every(({ lines }) => lines.length > 0));
    await own.client().set('go', 1);
    await until('both to be turned down', () =>
      children.every(({ lines }) => lines.filter(isRefused).length === task.lanes),
    );
    const { spent, reserved } = await storedUsd(own.client());
    const settled = settledBy(children);
    expect(spent).toBe(settled.reduce((sum, one) => sum + one, 0n));
    expect(reserved).toBe(0n);
    expect(spent <= BigInt(task.limitPico)).toBe(true);
    // Not one more would have had room.
    expect(spent + BigInt(task.reservePico) * BigInt(2 * task.lanes) > BigInt(task.limitPico)).toBe(true);
    expect(alertsOf(children).sort()).toEqual([0.5, 0.8, 1]);
    for (const child of children) expect(settledBy([child]).length).toBeGreaterThan(0);
  });

  test('one that is killed gives nothing back: what it had reserved is spent when its lease ends', {
    timeout: 30_000,
  }, async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const stuck = startChild({ ...task, lanes: 3, leaseMs: 2_000, isStuck: true }, own.port);
    await own.client().set('go', 1);
    await until('it to have reserved', () => stuck.lines.length === 4);
    stuck.process.kill('SIGKILL');
    const other = startChild({ ...task, leaseMs: 2_000 }, own.port);
    await until('the other to be turned down', () => other.lines.filter(isRefused).length === task.lanes);
    const held = 3n * BigInt(task.reservePico);
    const spentByOther = settledBy([other]).reduce((sum, one) => sum + one, 0n);
    expect(spentByOther + held <= BigInt(task.limitPico)).toBe(true);
    const client = own.client();
    const watcher = redisBudgetStore(client, { key: 'children', leaseMs: 2_000 });
    await until('the leases to end', async () => {
      const charge0 = { ...charge(0n, BigInt(task.limitPico)) };
      await (await watcher.reserve([charge0])).reservation?.settle({ kind: 'release' });
      return (await storedUsd(client)).reserved === 0n;
    });
    expect((await storedUsd(client)).spent).toBe(spentByOther + held);
    await watcher.close();
  });
});
