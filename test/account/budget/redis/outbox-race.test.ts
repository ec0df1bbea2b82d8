import { expect, test } from 'vitest';
import { redisBudgetStore } from '../../../../src/account/budget/redis/redis-budget-store.ts';
import type { Charge, Reservation } from '../../../../src/account/budget/store.ts';

const charge: Charge = {
  account: { budget: 'usd/month', owner: '' },
  per: 'month',
  limitPico: 100n,
  reservePico: 1n,
  isHard: true,
  thresholds: [],
};

test('what is settled just when a batch was delivered is told too', async () => {
  for (let microtasks = 0; microtasks < 20; microtasks++) {
    let told = 0;
    let atReply: (() => void) | undefined;
    const evalsha = async (_hash: string, _count: number, ...given: string[]) => {
      const { op, settled = [] } = JSON.parse(given.at(-1) ?? '{}') as { op: string; settled?: unknown[] };
      told += settled.length;
      if (op === 'settle') atReply?.();
      const account = ['0', '0', '0', '0', '0', '0', ',', 'epoch', '0', []];
      return ['telltale 1', String(Date.now()), op === 'settle' ? 'settled' : 'reserved', [], [account]];
    };
    const store = redisBudgetStore({ evalsha, eval: evalsha }, { key: 'race' });
    const reservations: (Reservation | undefined)[] = [];
    for (let at = 0; at < 2; at++) reservations.push((await store.reserve([charge])).reservation);
    const settled = new Promise<void>((resolve) => {
      atReply = async () => {
        atReply = undefined;
        for (let at = 0; at < microtasks; at++) await Promise.resolve();
        await reservations[1]?.settle({ kind: 'unknown' });
        resolve();
      };
    });
    await reservations[0]?.settle({ kind: 'unknown' });
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 20))]);
    expect({ microtasks, told }).toEqual({ microtasks, told: 2 });
    await store.close();
  }
});
