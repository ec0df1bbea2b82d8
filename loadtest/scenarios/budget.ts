import type { JoinedBooks } from '../books/join.ts';
import { selected, textOf } from '../books/telemetry.ts';
import { attr, metric } from '../otlp/names.ts';
import { billOfLedger } from '../reconcile/bill.ts';
import { nanoUsd } from '../reconcile/prices.ts';
import type { RunReport } from '../report/model.ts';
import { condition } from './condition.ts';
import { rowsOf } from './rows.ts';
import type { Judgement, Load, Scenario, Sides } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** What a call of the mix costs on average, in USD: measured. */
const usdPerCall = 0.000_115;
/** So much of what the calls would cost is there to be spent. */
const part = 0.5;
/** The rest is less than what any but the cheapest call reserves. */
const leastUsed = 0.95;

function budgetUsd({ callsPerSecond, durationMs }: Load): number {
  return Math.max(
    0.000_001,
    Math.round(callsPerSecond * (durationMs / 1_000) * usdPerCall * part * 1e6) / 1e6,
  );
}

export const budget: Scenario = {
  says: 'half of the money that the calls would cost, shared by two gateways through Redis',
  phases: await shippedPhases('budget'),
  jsonPerSecond: 50,
  gateways: 2,
  isShared: true,
  isPrioritised: true,
  mayRefuse: true,
  options: (load) => ({ budget: { usd: budgetUsd(load), per: 'month' } }),
  judge,
  compare,
};

function judge(books: JoinedBooks, load: Load): Judgement {
  const limit = nanoUsd(budgetUsd(load));
  const spent = spentNano(books);
  const counted = countedNano(books);
  const reasons = [...books.byCall.values()].flatMap(({ calls }) =>
    calls.flatMap((span) => (textOf(span, attr.outcome) === 'refused' ? [textOf(span, attr.errorType)] : [])),
  );
  const forMoney = reasons.filter((reason) => reason === 'budget_exceeded').length;
  const { calls } = books.books.k6;
  const failed = calls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'refused').length;
  return {
    invariants: [],
    conditions: [
      condition('spent, by the ledger', `<= ${sayUsd(limit)}`, sayUsd(spent), spent <= limit),
      condition('the budget’s own count', `${sayUsd(spent)}`, sayUsd(counted), counted === spent),
      condition(
        'part of the budget that was used',
        `>= ${leastUsed}`,
        (spent / limit).toFixed(3),
        spent / limit >= leastUsed,
      ),
      condition(
        'refused, and all of them for money',
        '> 0',
        `${forMoney} of ${reasons.length}`,
        forMoney > 0 && forMoney === reasons.length,
      ),
      condition('neither served nor refused', '0', String(failed), failed === 0),
    ],
  };
}

function compare(sides: Sides, load: Load): RunReport['comparison'] {
  const { callsPerSecond, durationMs } = load;
  return {
    says: `${callsPerSecond} calls a second for ${durationMs / 1_000} s over two processes, and ${sayUsd(nanoUsd(budgetUsd(load)))} to spend.`,
    rows: rowsOf(sides, [
      ['spent, by the provider’s ledger', (books) => sayUsd(spentNano(books))],
      ['calls that succeeded', ({ books }) => succeeded(books.k6.calls)],
    ]),
  };
}

function succeeded(calls: readonly { readonly outcome: string }[]): string {
  return `${calls.filter(({ outcome }) => outcome === 'ok').length} of ${calls.length}`;
}

/** In nano-dollars, at the load test's own prices. */
function spentNano({ byCall }: JoinedBooks): number {
  return [...byCall.values()].reduce((sum, { ledger }) => sum + (billOfLedger(ledger)?.bill.nano ?? 0), 0);
}

/** As the gateways told it last: they share one count, so the highest is the newest. */
function countedNano({ books }: JoinedBooks): number {
  return Math.max(0, ...selected(books.telemetry.metrics, metric.budgetSpent).map(({ sum }) => nanoUsd(sum)));
}

function sayUsd(nano: number): string {
  return `$${(nano / 1e9).toFixed(9)}`;
}
