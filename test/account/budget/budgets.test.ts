import { describe, expect, test } from 'vitest';
import type { Budget, BudgetAlert } from '../../../src/account/budget/budget.ts';
import { Budgets } from '../../../src/account/budget/budgets.ts';
import { checkBudgets } from '../../../src/account/budget/check-budgets.ts';
import { memoryBudgetStore } from '../../../src/account/budget/memory-store.ts';
import { PriceBook } from '../../../src/account/price-book.ts';
import type { CallRequest } from '../../../src/call.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

/** A token of output costs 100, 10 and 1 millionths of a dollar. */
const prices = new PriceBook({
  large: { inputUsd: 0, outputUsd: 100 },
  medium: { inputUsd: 0, outputUsd: 10 },
  small: { inputUsd: 0, outputUsd: 1 },
});

function setUp(budget: Budget | readonly Budget[]) {
  const clock = createFakeClock();
  const store = memoryBudgetStore({ clock });
  const alerts: BudgetAlert[] = [];
  const budgets = new Budgets({
    budgets: checkBudgets('budget', budget),
    store,
    prices,
    clock,
    onAlert: (alert) => void alerts.push(alert),
    report: (where, fault) => {
      throw new Error(where, { cause: fault });
    },
  });
  return { budgets, store, clock, alerts };
}

function request(model: string, maximum: number): CallRequest {
  return {
    operation: 'chat',
    endpoint: 'chat',
    method: 'POST',
    route: '/chat/completions',
    streamed: false,
    provider: 'openai',
    serverAddress: 'localhost',
    model,
    body: { model, max_tokens: maximum },
  };
}

const chain = { large: 'medium', medium: 'small', small: 'large' };

describe('downgrades', () => {
  test('go on to the next cheaper model, and end where it began', async () => {
    const { budgets } = setUp({ usd: 0.001, per: 'day', onExceeded: 'downgrade', downgrade: chain });
    expect(await budgets.reserve(request('large', 10), {})).not.toHaveProperty('downgradedTo');
    expect(await budgets.reserve(request('small', 0), {})).toBeDefined();
    const full = setUp({ usd: 0.001, per: 'day', onExceeded: 'downgrade', downgrade: chain }).budgets;
    expect(await full.reserve(request('large', 900), {})).toMatchObject({ downgradedTo: 'small' });
    expect(full.snapshot()).toMatchObject({ downgraded: 1, budgets: [{ reservedUsd: 0.0009 }] });
    await expect(full.reserve(request('large', 900), {})).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  test('also lead out of a budget that holds only the dear model', async () => {
    const { budgets } = setUp({
      usd: 0.001,
      per: 'day',
      models: ['large'],
      onExceeded: 'downgrade',
      downgrade: { large: 'small' },
    });
    const grant = await budgets.reserve(request('large', 11), {});
    expect(grant).toMatchObject({ downgradedTo: 'small' });
    grant?.settle({ kind: 'unknown' });
    expect(budgets.snapshot()).toMatchObject({
      downgraded: 1,
      unknownCosts: 0,
      budgets: [{ spentUsd: 0, reservedUsd: 0 }],
    });
  });

  test('are no way around a budget that rejects', async () => {
    const { budgets, store } = setUp([
      { usd: 0.001, per: 'day', onExceeded: 'downgrade', downgrade: chain },
      { usd: 0.0001, per: 'month' },
    ]);
    await expect(budgets.reserve(request('large', 50), {})).rejects.toMatchObject({
      code: 'budget_exceeded',
      budget: 'usd/month',
    });
    for (const { reservedPico } of store.figures()) expect(reservedPico).toBe(0n);
  });

  test('are not for what has no body that could be copied', async () => {
    const { budgets } = setUp({ usd: 0.001, per: 'day', onExceeded: 'downgrade', downgrade: chain });
    const { body, ...upload } = request('large', 50);
    expect(body).toBeDefined();
    await expect(budgets.reserve(upload, {})).rejects.toMatchObject({ code: 'budget_exceeded' });
  });
});

test('of two budgets without room, the one that resets last says how long to wait', async () => {
  const { budgets } = setUp([
    { usd: 0.0001, per: 'month' },
    { usd: 0.0001, per: 'minute' },
  ]);
  await expect(budgets.reserve(request('large', 2), {})).rejects.toMatchObject({
    budget: 'usd/month',
    retryAfterMs: 31 * 86_400_000,
  });
});

test('owners of both a scope and a tag are kept apart, whatever their names', async () => {
  const { budgets, store } = setUp({ usd: 1, per: 'day', scope: 'user', tag: 'feature' });
  for (const [user, feature] of [
    ['a', 'b,c'],
    ['a,b', 'c'],
    ['a', '["a","b"]'],
    ['', ''],
  ])
    await budgets.reserve(request('small', 1), {
      ...(user !== '' && { user }),
      tags: feature === undefined || feature === '' ? {} : { feature },
    });
  expect(store.figures()).toHaveLength(4);
  expect(budgets.snapshot().budgets).toHaveLength(4);
});

test('the snapshot begins anew with the period, also where nobody calls', async () => {
  const { budgets, clock, alerts } = setUp({ usd: 0.001, per: 'minute', alertAt: [0.333] });
  const grant = await budgets.reserve(request('large', 5), {});
  grant?.settle({ kind: 'cost', pico: 500_000_000n, isEstimated: false });
  await Promise.resolve();
  expect(budgets.snapshot().budgets).toMatchObject([{ spentUsd: 0.0005, alertsSent: [0.333] }]);
  expect(alerts).toEqual([
    {
      budget: 'usd/minute',
      at: 0.333,
      reason: 'spent',
      spentUsd: 0.0005,
      reservedUsd: 0,
      limitUsd: 0.001,
      resetsAt: '2026-01-01T00:01:00.000Z',
    },
  ]);
  clock.advance(60_000);
  expect(budgets.snapshot().budgets).toMatchObject([
    { spentUsd: 0, alertsSent: [], resetsAt: '2026-01-01T00:02:00.000Z' },
  ]);
});
