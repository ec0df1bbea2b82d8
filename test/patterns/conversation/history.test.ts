import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observe } from '../../../src/index.ts';
import { type Mock, startMock } from '../../../src/mock/index.ts';
import { conversation, memoryRecords } from '../../../src/patterns/index.ts';

let mock: Mock;
let client: OpenAI;
beforeEach(async () => {
  mock = await startMock({ latency: { firstTokenMs: 2, betweenTokensMs: 1 } });
  client = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }));
});
afterEach(async () => {
  await mock.close();
});

it('sends what was said before, and counts what it cost', async () => {
  const store = memoryRecords();
  const options = { client, id: 'u-42', model: 'gpt-5-mini', store, via: 'history' } as const;
  const chat = await conversation(options);
  const first = await chat.send('Hello');
  expect(first).toMatchObject({ turn: 1, outcome: 'ok', usage: { source: 'provider' }, notices: [] });
  const second = await (await conversation(options)).send('And now?');
  expect(second.usage.inputTokens).toBeGreaterThan(first.usage.inputTokens ?? 0);
  const again = await conversation(options);
  expect(again.messages().map(({ role, text }) => [role, text])).toEqual([
    ['user', 'Hello'],
    ['assistant', first.text],
    ['user', 'And now?'],
    ['assistant', second.text],
  ]);
  const costUsd = (first.costUsd ?? 0) + (second.costUsd ?? 0);
  expect(again.totals()).toMatchObject({ turns: 2, calls: 2, costUsd });
  expect(costUsd).toBeGreaterThan(0);
});

it('gives the answer in pieces, and the reply after them', async () => {
  const chat = await conversation({ client, id: 'u-42', model: 'gpt-5-mini', via: 'history' });
  const stream = chat.stream('Hello');
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect((await stream.reply()).text).toBe(pieces.join(''));
});
