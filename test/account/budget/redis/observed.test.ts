import OpenAI from 'openai';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { observe, redisBudgetStore, telltale } from '../../../../src/index.ts';
import { redisStore } from '../../../../src/limiter.ts';
import { startMock } from '../../../../src/mock/index.ts';
import { hasRedis, type RedisServer, startRedis, until } from '../../../admit/redis/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const body = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};

test.skipIf(!hasRedis)('observed clients that share a store share their budgets in it', async () => {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  onTestFinished(() => mock.close());
  const budget = { usd: 0.001, per: 'month' } as const;
  const limits = [{ requests: 1_000, per: 'minute' }] as const;
  // The same Redis, once by the store of the limits and once by one of its own.
  const one = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), {
    budget,
    limits,
    store: redisStore(server.client(), { key: 'observed' }),
  });
  const budgetStore = redisBudgetStore(server.client(), { key: 'observed' });
  onTestFinished(() => budgetStore.close());
  const other = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), { budget, budgetStore });
  const calls = await Promise.allSettled(
    Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? one : other).chat.completions.create(body)),
  );
  const refused = calls.filter(({ status }) => status === 'rejected');
  expect(mock.ledger()).toHaveLength(60 - refused.length);
  for (const call of refused)
    expect(call).toMatchObject({ reason: { status: 429, code: 'budget_exceeded' } });
  expect(refused.length).toBeGreaterThan(40);
  const pico = mock.ledger().reduce((sum, { usage }) => {
    const { inputTokens = 0, cachedTokens = 0, outputTokens = 0 } = usage ?? {};
    return sum + (inputTokens - cachedTokens) * 250_000 + cachedTokens * 25_000 + outputTokens * 2_000_000;
  }, 0);
  // What one has settled, the other learns with its next question.
  for (const client of [one, other])
    await until('all to be settled', async () => {
      await client.chat.completions.create({ ...body, max_completion_tokens: 100_000 }).catch(() => {});
      return telltale(client).budget()?.budgets[0]?.reservedUsd === 0;
    });
  for (const client of [one, other]) {
    expect(telltale(client).budget()).toMatchObject({
      store: { kind: 'redis', state: 'up' },
      budgets: [{ reservedUsd: 0 }],
    });
    expect(telltale(client).budget()?.budgets[0]?.spentUsd).toBe(pico / 1e12);
  }
});

test.skipIf(!hasRedis)('a store may be there for budgets alone', async () => {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  onTestFinished(() => mock.close());
  const [one, other] = [1, 2].map(() =>
    observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), {
      budget: { usd: 1, per: 'month' },
      store: redisStore(server.client(), { key: 'budgets alone' }),
    }),
  );
  if (!one || !other) throw new Error('no clients');
  await one.chat.completions.create(body);
  await until('the other to hear of it', async () => {
    await other.embeddings.create({ model: 'text-embedding-3-small', input: 'Hello' });
    return (telltale(other).budget()?.budgets[0]?.spentUsd ?? 0) > 0.00001;
  });
  expect(telltale(one).limits()).toBeUndefined();
  expect(telltale(other).budget()?.store).toEqual({ kind: 'redis', state: 'up' });
});
