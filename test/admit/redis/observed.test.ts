import OpenAI from 'openai';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { observe, telltale } from '../../../src/index.ts';
import { redisStore } from '../../../src/limiter.ts';
import { startMock } from '../../../src/mock/index.ts';
import { registerMetrics } from '../../observe/support.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

test.skipIf(!hasRedis)(
  'observed clients that share a store keep a limit together, to the token',
  async () => {
    const sdk = registerMetrics();
    onTestFinished(() => sdk.stop());
    const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
    const clients = [1, 2].map(() =>
      observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), {
        limits: [
          { requests: 3, per: 'minute' },
          { tokens: 100_000, per: 'minute' },
        ],
        queue: { maxWaiting: 0 },
        store: redisStore(server.client(), { key: 'observed', lease: false }),
      }),
    );
    const ask = (index: number) =>
      clients[index]?.chat.completions.create({
        model: 'gpt-4.1-mini',
        messages: [{ role: 'user', content: 'Hello' }],
        max_completion_tokens: 50,
      });
    for (const index of [0, 1, 0]) await ask(index);
    await expect(ask(1)).rejects.toMatchObject({ status: 429, code: 'queue_full' });
    expect(mock.ledger()).toHaveLength(3);
    for (const client of clients)
      expect(telltale(client).limits()).toMatchObject({
        inFlight: 0,
        store: { state: 'up', liveInstances: 2 },
      });
    const roundTrips = clients.map((client) => telltale(client).limits()?.store?.roundTrips ?? 0);
    const told = (await sdk.points()).filter(({ name }) => name === 'telltale.store.round_trips');
    expect(told.map(({ value }) => value)).toEqual([roundTrips.reduce((sum, count) => sum + count, 0)]);
    expect(Math.min(...roundTrips)).toBeGreaterThan(0);
    await mock.close();
  },
);
