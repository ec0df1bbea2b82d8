import { Redis } from 'ioredis';
import { redisBudgetStore } from '../../../../src/account/budget/redis/redis-budget-store.ts';
import type { Charge } from '../../../../src/account/budget/store.ts';

/** What a child is told. */
export interface BudgetChildTask {
  readonly port: number;
  readonly lanes: number;
  readonly limitPico: string;
  readonly reservePico: string;
  readonly costPico: string;
  readonly leaseMs: number;
  /** Reserves once and never settles. */
  readonly isStuck: boolean;
}

/** What a child says, a line each. */
export type BudgetChildLine =
  | { readonly isReady: true }
  | { readonly reserved: string }
  | { readonly settled: string; readonly alerts: readonly number[] }
  | { readonly refused: true; readonly alerts: readonly number[] };

const task = JSON.parse(process.argv[2] ?? '{}') as BudgetChildTask;
const redis = new Redis({ port: task.port, host: '127.0.0.1' });
redis.on('error', () => {});
const store = redisBudgetStore(redis, { key: 'children', leaseMs: task.leaseMs });
const limitPico = BigInt(task.limitPico);
const charge: Charge = {
  account: { budget: 'usd/month', owner: '' },
  per: 'month',
  limitPico,
  reservePico: BigInt(task.reservePico),
  isHard: true,
  thresholds: [0.5, 0.8, 1].map((at) => ({ at, pico: (limitPico * BigInt(at * 10)) / 10n })),
};
const say = (line: BudgetChildLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const sharesOf = (crossed: readonly { readonly at: number }[]) => crossed.map(({ at }) => at);

async function spendAll(): Promise<void> {
  for (;;) {
    const { reservation, crossed } = await store.reserve([charge]);
    if (!reservation) return say({ refused: true, alerts: sharesOf(crossed) });
    say({ reserved: task.reservePico });
    if (task.isStuck) return;
    const told = await reservation.settle({ kind: 'cost', pico: BigInt(task.costPico), isEstimated: false });
    say({ settled: task.costPico, alerts: sharesOf([...crossed, ...told]) });
  }
}

// So that none has spent it all before the others are there.
await store.reserve([{ ...charge, reservePico: 0n }]);
say({ isReady: true });
while ((await redis.get('go')) === null) await new Promise((resolve) => setTimeout(resolve, 5));
for (let lane = 0; lane < task.lanes; lane++) void spendAll();
