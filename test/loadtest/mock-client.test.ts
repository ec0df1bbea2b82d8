import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { takeBook } from '../../loadtest/mock-client.ts';
import { mockForTest } from '../mock/support.ts';

test('the provider’s book is taken once what works in the background has ended', async () => {
  const mock = await mockForTest({ background: { queuedMs: 100, runsMs: 200, sigma: 0 } });
  const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
  await openai.responses.create({ model: 'gpt-5', input: 'Hello', background: true });
  const { ledger, left } = await takeBook(new URL(mock.url).origin);
  expect(ledger).toMatchObject([
    { job: { status: 'completed' }, usage: { inputTokens: expect.any(Number) } },
  ]);
  expect(left).toEqual({ running: 0 });
});
