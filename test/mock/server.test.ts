import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startMock } from '../../src/mock/index.ts';

const instant = { firstTokenMs: 0, betweenTokensMs: 0 };

test('the client waits as the 429 asks, tries again and gets its answer', async () => {
  const faults = [{ status: 429, rate: 1, retryAfterMs: 20, firstAttempts: 1 }] as const;
  const mock = await startMock({ latency: instant, schedule: [{ name: 'storm', forMs: 60_000, faults }] });
  const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
  const answer = await openai.chat.completions.create(
    { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] },
    { headers: { 'x-call-id': 'call-1' } },
  );
  await mock.settled();
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(mock.ledger().map(({ status, attempt, phase }) => ({ status, attempt, phase }))).toEqual([
    { status: 429, attempt: 0, phase: 'storm' },
    { status: 200, attempt: 1, phase: 'storm' },
  ]);
  await mock.close();
});
