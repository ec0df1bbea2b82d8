import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { fileBudgetStore } from '../../../src/account/budget/file/file-store.ts';
import { readJournal } from '../../../src/account/budget/file/journal.ts';
import type { BudgetStore, Charge, Reservation, SettledCost } from '../../../src/account/budget/store.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'telltale-budget-'));
  file = path.join(directory, 'budget.journal');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const clock = createFakeClock();
const usd = 1_000_000_000_000n;

function charge(reservePico: bigint, budget = 'usd/month', owner = ''): Charge {
  return {
    account: { budget, owner },
    per: 'month',
    limitPico: 100n * usd,
    reservePico,
    isHard: true,
    thresholds: [{ at: 0.5, pico: 50n * usd }],
  };
}

function open(options: Parameters<typeof fileBudgetStore>[1] = {}): BudgetStore {
  const store = fileBudgetStore(file, { clock, durability: 'process', ...options });
  onTestFinished(() => store.close());
  return store;
}

test('what was spent is there after a restart, to the unit, and what was reserved counts as spent', async () => {
  const first = open({ durability: 'disk' });
  const one = await first.reserve([charge(10n * usd), charge(10n * usd, 'usd/month per user', 'ann')]);
  await one.reservation?.settle({ kind: 'cost', pico: 9_007_199_254_740_993n, isEstimated: false });
  await first.reserve([{ ...charge(3n), isHard: false }]);
  await first.close();
  const figures = open().figures();
  expect(figures.map(({ account, spentPico, reservedPico }) => [account, spentPico, reservedPico])).toEqual([
    [{ budget: 'usd/month', owner: '' }, 9_007_199_254_740_996n, 0n],
    [{ budget: 'usd/month per user', owner: 'ann' }, 9_007_199_254_740_993n, 0n],
  ]);
});

test('the folder of the file is made where there is none', async () => {
  file = path.join(directory, 'not', 'there', 'budget.journal');
  const first = open();
  await first.reserve([charge(usd)]);
  await first.close();
  expect(open().figures()).toMatchObject([{ spentPico: usd }]);
});

test('an alert is told of once, whatever restarts in between', async () => {
  const first = open();
  const one = await first.reserve([charge(60n * usd)]);
  expect(await one.reservation?.settle({ kind: 'unknown' })).toMatchObject([{ at: 0.5, reason: 'spent' }]);
  await first.close();
  const second = open();
  const two = await second.reserve([charge(usd)]);
  expect(await two.reservation?.settle({ kind: 'unknown' })).toEqual([]);
});

test('a new month begins at nothing, and what ends late counts in the old one', async () => {
  const late = createFakeClock();
  late.advance(Date.parse('2026-02-28T23:59:59Z') - late.epochMs());
  const store = open({ clock: late });
  const before = await store.reserve([charge(40n * usd)]);
  late.advance(2_000);
  await store.reserve([charge(usd)]);
  await before.reservation?.settle({ kind: 'cost', pico: 30n * usd, isEstimated: false });
  expect(store.figures()).toMatchObject([{ spentPico: 0n, reservedPico: usd }]);
  await store.close();
  expect(open({ clock: late }).figures()).toMatchObject([
    { startMs: Date.parse('2026-03-01'), spentPico: usd },
  ]);
});

const step = fc.oneof(
  fc.record({ reserve: fc.bigInt({ min: 0n, max: 2n * usd }), budget: fc.constantFrom('a', 'b') }),
  fc.record({
    settle: fc.nat(),
    share: fc.constantFrom<0n | 1n | 2n>(0n, 1n, 2n),
    cost: fc.constantFrom('release', 'unknown', 'cost'),
  }),
);

test('a crash at any byte gives no money back that was spent', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      rmSync(file, { force: true });
      const store = fileBudgetStore(file, { clock, durability: 'process' });
      const reserved: { reservation: Reservation; pico: bigint; budget: string }[] = [];
      /** By the length of the file: what must be known from then on. Costs are at most what was reserved for them. */
      const known = new Map<string, bigint>();
      const marks: { bytes: number; spent: ReadonlyMap<string, bigint> }[] = [];
      const mark = () => marks.push({ bytes: readFileSync(file).length, spent: new Map(known) });
      mark();
      for (const one of steps) {
        if ('reserve' in one) {
          const { reservation } = await store.reserve([charge(one.reserve, one.budget)]);
          if (reservation) reserved.push({ reservation, pico: one.reserve, budget: one.budget });
        } else {
          const [taken] = reserved.splice(one.settle % Math.max(reserved.length, 1), 1);
          if (!taken) continue;
          const pico = (taken.pico * one.share) / 2n;
          const costs: Record<string, readonly [SettledCost, bigint]> = {
            release: [{ kind: 'release' }, 0n],
            unknown: [{ kind: 'unknown' }, taken.pico],
            cost: [{ kind: 'cost', pico, isEstimated: false }, pico],
          };
          const [cost, spent] = costs[one.cost] ?? [{ kind: 'release' }, 0n];
          await taken.reservation.settle(cost);
          known.set(taken.budget, (known.get(taken.budget) ?? 0n) + spent);
        }
        mark();
      }
      await store.close();
      const whole = readFileSync(file);
      const total = new Map<string, bigint>();
      for (const { budget, pico } of reserved) total.set(budget, (total.get(budget) ?? 0n) + pico);
      const firstBytes = marks[0]?.bytes ?? 0;
      for (let bytes = firstBytes; bytes <= whole.length; bytes++) {
        const { accounts, lostLines } = readJournal(whole.subarray(0, bytes).toString());
        expect(lostLines).toBe(0);
        const due = marks.findLast((one) => one.bytes <= bytes)?.spent ?? new Map<string, bigint>();
        for (const [budget, spent] of due) {
          const found = accounts.find(({ account }) => account.budget === budget);
          expect((found?.spentPico ?? 0n) >= spent).toBe(true);
        }
      }
      const { accounts } = readJournal(whole.toString());
      for (const { account, spentPico } of accounts)
        expect(spentPico).toBe((known.get(account.budget) ?? 0n) + (total.get(account.budget) ?? 0n));
    }),
    { numRuns: 25 },
  );
});

test('a damaged byte anywhere is seen, and nothing that it may have hidden reads as unspent', async () => {
  const store = open();
  for (const budget of ['a', 'b', 'a', 'c']) {
    const { reservation } = await store.reserve([charge(5n * usd, budget)]);
    await reservation?.settle({ kind: 'cost', pico: 4n * usd, isEstimated: false });
  }
  await store.close();
  const whole = readFileSync(file);
  const truth = new Map(readJournal(whole.toString()).accounts.map((one) => [one.account.budget, one]));
  for (let at = 0; at < whole.length - 1; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const { accounts, lostLines } = readJournal(damaged.toString('latin1'));
    expect(lostLines).toBeGreaterThan(0);
    for (const found of accounts) {
      const real = truth.get(found.account.budget);
      expect(found.isUncertain || found.spentPico === real?.spentPico).toBe(true);
    }
  }
  for (let from = 0; from < whole.length - 1; from += 7) {
    const cut = Buffer.concat([whole.subarray(0, from), whole.subarray(from + 40)]);
    const { accounts, lostLines } = readJournal(cut.toString('latin1'));
    // A cut at the end leaves what a crash would.
    if (from + 40 < whole.length) expect(lostLines).toBeGreaterThan(0);
    for (const found of accounts) {
      const real = truth.get(found.account.budget);
      if (lostLines > 0) expect(found.isUncertain || found.spentPico === real?.spentPico).toBe(true);
    }
  }
});

test('a damaged file is set aside and named, and what it may have hidden counts as spent until its period ends', async () => {
  const own = createFakeClock();
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  writeFileSync(file, 'no journal at all\n');
  const store = open({ clock: own });
  const [aside] = readdirSync(directory).filter((name) => name.includes('damaged'));
  expect(readFileSync(path.join(directory, aside ?? ''), 'utf8')).toBe('no journal at all\n');
  expect(String(warned.mock.calls[0]?.[0])).toContain(`copied to \`${path.join(directory, aside ?? '')}\``);
  expect(await store.reserve([charge(1n)])).toMatchObject({
    reservation: undefined,
    refusedBy: [0],
    figures: [{ isUncertain: true, spentPico: 0n }],
  });
  await store.close();
  // It is still so after another restart, and over with the month.
  const again = open({ clock: own });
  expect((await again.reserve([charge(1n)])).refusedBy).toEqual([0]);
  await again.close();
  own.advance(31 * 86_400_000);
  expect((await open({ clock: own }).reserve([charge(1n)])).refusedBy).toEqual([]);
});

test('with `known`, a damaged file counts as what can be read of it', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const store = open();
  const { reservation } = await store.reserve([charge(60n * usd)]);
  await reservation?.settle({ kind: 'cost', pico: 60n * usd, isEstimated: false });
  await store.close();
  writeFileSync(file, `${readFileSync(file, 'utf8')}garbage\n`);
  const again = open({ whenUncertain: 'known' });
  expect((await again.reserve([charge(41n * usd)])).refusedBy).toEqual([0]);
  expect(await again.reserve([charge(40n * usd)])).toMatchObject({
    refusedBy: [],
    figures: [{ isUncertain: true, spentPico: 60n * usd }],
  });
});

test('a second user of the file is refused, and a file that was left is free again', async () => {
  const store = open();
  expect(() => fileBudgetStore(file, { clock })).toThrow('This budget file is in use by process');
  await store.close();
  const next = fileBudgetStore(file, { clock });
  await next.close();
  expect(readdirSync(directory)).toEqual(['budget.journal']);
});

test('the lock of a process that was killed is taken over, that of one that lives is not', {
  timeout: 30_000,
}, async () => {
  const script = `
    import { fileBudgetStore } from ${JSON.stringify(path.resolve('src/account/budget/file/file-store.ts'))};
    const store = fileBudgetStore(${JSON.stringify(file)});
    const { reservation } = await store.reserve([{ account: { budget: 'usd/month', owner: '' }, per: 'month',
      limitPico: 10n, reservePico: 7n, isHard: true, thresholds: [] }]);
    if (reservation) console.log('reserved');
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(() => fileBudgetStore(file)).toThrow(`This budget file is in use by process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = fileBudgetStore(file);
  expect(store.figures()).toMatchObject([{ spentPico: 7n }]);
  await store.close();
});

test('a lock of another machine holds for a minute after its last sign of life', () => {
  writeFileSync(`${file}.lock`, JSON.stringify({ pid: 1, host: 'elsewhere', born: '' }));
  execFileSync('touch', ['-d', new Date(clock.epochMs() - 59_000).toISOString(), `${file}.lock`]);
  expect(() => fileBudgetStore(file, { clock })).toThrow('process 1 on elsewhere');
  execFileSync('touch', ['-d', new Date(clock.epochMs() - 61_000).toISOString(), `${file}.lock`]);
  open();
});

test('a file that cannot be written is said once, and then held in memory, refused or let go', {
  timeout: 30_000,
}, async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  for (const [whenDown, result] of [
    ['local', undefined],
    ['open', undefined],
    ['closed', 'store_unavailable'],
  ] as const) {
    const own = createFakeClock();
    const nested = mkdtempSync(path.join(directory, 'nested-'));
    const store = fileBudgetStore(path.join(nested, 'budget'), {
      clock: own,
      durability: 'process',
      whenDown,
    });
    rmSync(nested, { recursive: true });
    // The next write is a new file, for which there is no directory any more.
    const fill = async () => {
      for (let index = 0; index < 6_000 && !store.isDown(); index++) {
        const { reservation } = await store.reserve([charge(usd, 'x'.repeat(200))]);
        await reservation?.settle({ kind: 'release' });
      }
    };
    await fill().catch((error: unknown) => expect(error).toMatchObject({ code: result }));
    expect(store.isDown()).toBe(true);
    if (whenDown === 'local') {
      await (await store.reserve([charge(100n * usd)])).reservation?.settle({ kind: 'unknown' });
      expect((await store.reserve([charge(1n)])).refusedBy).toEqual([0]);
    }
    if (whenDown === 'closed')
      await expect(store.reserve([charge(1n)])).rejects.toMatchObject({ code: 'store_unavailable' });
    if (whenDown === 'open') expect((await store.reserve([charge(101n * usd)])).refusedBy).toEqual([]);
    await store.close();
  }
  expect(warned).toHaveBeenCalledTimes(3);
});

test('the file stays small however much happens', { timeout: 30_000 }, async () => {
  const store = open();
  let largest = 0;
  for (let index = 0; index < 12_000; index++) {
    const { reservation } = await store.reserve([charge(2n)]);
    await reservation?.settle({ kind: 'cost', pico: 1n, isEstimated: false });
    if (index % 500 === 0) largest = Math.max(largest, readFileSync(file).length);
  }
  expect(largest).toBeLessThan(1_100_000);
  expect(readFileSync(file).length).toBeGreaterThan(100);
  await store.close();
  expect(open().figures()).toMatchObject([{ spentPico: 12_000n }]);
});
