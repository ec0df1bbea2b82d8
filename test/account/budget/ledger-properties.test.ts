import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Held, Ledger } from '../../../src/account/budget/ledger.ts';
import { periodNames, periodOf } from '../../../src/account/budget/period.ts';
import type { Charge, SettledCost } from '../../../src/account/budget/store.ts';

const limitPico = 10_000_000_000_000_000_000n;

/** Some beyond what a number can hold, down to the last unit. */
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 9_007_199_254_740_993n }),
  fc.constantFrom(limitPico / 3n, limitPico / 2n, limitPico, limitPico + 1n),
);

const asked = fc.record({
  kind: fc.constant('reserve' as const),
  reservePico: amount,
  budgets: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  owner: fc.constantFrom('', 'ann', 'bob'),
});
const settled = fc.record({
  kind: fc.constant('settle' as const),
  which: fc.nat(),
  /** Never more than was reserved: only then does a limit hold. */
  cost: fc.constantFrom('release' as const, 'unknown' as const, 'half' as const, 'all' as const),
  isAgain: fc.boolean(),
});
const passed = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.constantFrom(1, 59_999, 3_600_000, 86_400_000, -120_000),
});

/** Budgets of the test: one for each kind of period. The last one only counts. */
function chargeOf(index: number, owner: string, reservePico: bigint): Charge {
  const per = periodNames[index] ?? 'month';
  return {
    account: { budget: `usd/${per}`, owner },
    per,
    limitPico,
    reservePico,
    isHard: per !== 'month',
    thresholds: [0.5, 1].map((at) => ({ at, pico: (limitPico * BigInt(at * 10)) / 10n })),
  };
}

/** The plainest ledger there is: all that ever happened, added up anew each time. */
class Reference {
  readonly entries: { key: string; startMs: number; reserved: bigint; spent: bigint; isOpen: boolean }[] = [];
  latestMs = 0;

  sum(key: string, startMs: number): { spent: bigint; reserved: bigint } {
    let spent = 0n;
    let reserved = 0n;
    for (const entry of this.entries) {
      if (entry.key !== key || entry.startMs !== startMs) continue;
      if (entry.isOpen) reserved += entry.reserved;
      else spent += entry.spent;
    }
    return { spent, reserved };
  }
}

const key = ({ account }: Charge) => `${account.budget}/${account.owner}`;

test('money is conserved to the unit, no hard budget is passed, and each threshold is told of once', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(asked, settled, passed), { maxLength: 60 }), (operations) => {
      const ledger = new Ledger();
      const reference = new Reference();
      const open: { held: Held; charges: Charge[]; entries: (typeof reference.entries)[number][] }[] = [];
      const done: Held[] = [];
      const told = new Set<string>();
      /** Of each budget, as the ledger does not go back. */
      const starts = new Map<string, number>();
      let nowMs = Date.UTC(2028, 1, 28, 23, 30);
      const check = (crossed: ReturnType<Ledger['reserve']>['crossed']) => {
        for (const { figures, at, reason } of crossed) {
          const name = JSON.stringify([figures.account, figures.startMs, at]);
          expect(told.has(name)).toBe(false);
          told.add(name);
          if (reason === 'spent') expect(figures.spentPico * 10n >= limitPico * BigInt(at * 10)).toBe(true);
        }
      };
      for (const operation of operations) {
        if (operation.kind === 'pass') {
          nowMs += operation.ms;
          continue;
        }
        if (operation.kind === 'reserve') {
          const charges = operation.budgets.map((index) =>
            chargeOf(index, operation.owner, operation.reservePico),
          );
          const periods = charges.map(({ per, account }) => {
            const startMs = Math.max(periodOf(per, nowMs).startMs, starts.get(account.budget) ?? 0);
            starts.set(account.budget, startMs);
            return startMs;
          });
          const fits = charges.map((charge, index) => {
            const { spent, reserved } = reference.sum(key(charge), periods[index] ?? 0);
            return !charge.isHard || spent + reserved + charge.reservePico <= charge.limitPico;
          });
          const reply = ledger.reserve(charges, nowMs);
          check(reply.crossed);
          expect(reply.refusedBy).toEqual(fits.flatMap((does, index) => (does ? [] : [index])));
          if (reply.held) {
            const entries = charges.map((charge, index) => ({
              key: key(charge),
              startMs: periods[index] ?? 0,
              reserved: charge.reservePico,
              spent: 0n,
              isOpen: true,
            }));
            reference.entries.push(...entries);
            open.push({ held: reply.held, charges, entries });
          }
          for (const [index, charge] of charges.entries()) {
            const account = reply.accounts[index];
            const { spent, reserved } = reference.sum(key(charge), periods[index] ?? 0);
            expect(account).toMatchObject({
              spentPico: spent,
              reservedPico: reserved,
              startMs: periods[index],
            });
            if (charge.isHard) expect(spent + reserved <= charge.limitPico).toBe(true);
          }
          continue;
        }
        const [one] = open.splice(operation.which % Math.max(open.length, 1), 1);
        if (!one) continue;
        const reserved = one.charges[0]?.reservePico ?? 0n;
        const costs: Record<typeof operation.cost, readonly [SettledCost, bigint]> = {
          release: [{ kind: 'release' }, 0n],
          unknown: [{ kind: 'unknown' }, reserved],
          half: [{ kind: 'cost', pico: reserved / 2n, isEstimated: true }, reserved / 2n],
          all: [{ kind: 'cost', pico: reserved, isEstimated: false }, reserved],
        };
        const [cost, spent] = costs[operation.cost];
        for (const entry of one.entries) {
          entry.isOpen = false;
          entry.spent = spent;
        }
        const result = one.held.settle(cost);
        check(result?.crossed ?? []);
        done.push(one.held);
        for (const [index, charge] of one.charges.entries()) {
          const { spent: sum, reserved: left } = reference.sum(key(charge), one.entries[index]?.startMs ?? 0);
          // Also where its period is over: it counts in the one in which it was reserved.
          expect(result?.accounts[index]).toMatchObject({ spentPico: sum, reservedPico: left });
          for (const { at, pico } of charge.thresholds) {
            const account = result?.accounts[index];
            const name = JSON.stringify([account?.account, account?.startMs, at]);
            if (sum >= pico) expect(told.has(name)).toBe(true);
          }
        }
        if (operation.isAgain) for (const held of done) expect(held.settle(cost)).toBeUndefined();
      }
    }),
    { numRuns: 400 },
  );
});

test('what is forgotten of many users is never more money than they had: who comes back has spent at least as much', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ user: fc.nat({ max: 60 }), pico: fc.bigInt({ min: 0n, max: 1_000n }) }), {
        maxLength: 300,
      }),
      (calls) => {
        const ledger = new Ledger({ maxAccounts: 10 });
        const spent = new Map<number, bigint>();
        for (const { user, pico } of calls) {
          const charge = { ...chargeOf(3, String(user), pico) };
          const { held, accounts } = ledger.reserve([charge], 0);
          expect((accounts[0]?.spentPico ?? -1n) >= (spent.get(user) ?? 0n)).toBe(true);
          held?.settle({ kind: 'cost', pico, isEstimated: false });
          spent.set(user, (spent.get(user) ?? 0n) + pico);
          expect(ledger.accounts(0).length).toBeLessThanOrEqual(11);
        }
      },
    ),
  );
});

test('what is under way is not forgotten, also where nothing could be reserved for it', () => {
  const ledger = new Ledger({ maxAccounts: 10 });
  const free = { ...chargeOf(3, 'unpriced', 0n), isHard: false };
  const { held } = ledger.reserve([free], 0);
  for (let user = 0; user < 30; user++)
    ledger
      .reserve([{ ...chargeOf(3, String(user), 1n), isHard: false }], 0)
      .held?.settle({ kind: 'cost', pico: 1n, isEstimated: false });
  held?.settle({ kind: 'cost', pico: 500n, isEstimated: false });
  expect(ledger.reserve([free], 0).accounts[0]?.spentPico).toBe(500n);
});

test('a new period forgets all owners of the old one', () => {
  const ledger = new Ledger();
  const minute = (owner: string): Charge => ({ ...chargeOf(0, owner, 1n), isHard: false });
  for (let user = 0; user < 50; user++) ledger.reserve([minute(String(user))], 0);
  expect(ledger.accounts(-1)).toHaveLength(50);
  ledger.reserve([minute('0')], 60_000);
  expect(ledger.accounts(-1)).toHaveLength(1);
});
