import { expect, it } from 'vitest';
import { jsonAsk, streamAsk } from '../../../loadtest/k6/mix.ts';

const asks = (ask: typeof jsonAsk) => Array.from({ length: 140 }, (_, iteration) => ask(iteration));

it('mixes chat, responses and embeddings, each with prompts long enough for the cache', () => {
  for (const kind of ['chat', 'responses', 'embeddings']) {
    const some = asks(jsonAsk).filter((ask) => ask.kind === kind);
    expect(some.length).toBeGreaterThan(20);
    expect(some.some(({ prompt }) => prompt.length > 4_400)).toBe(true);
    expect(some.some(({ prompt }) => prompt.length < 100)).toBe(true);
  }
});

it('streams chat and responses only', () => {
  expect(new Set(asks(streamAsk).map(({ path }) => path))).toEqual(
    new Set(['/chat/stream', '/responses/stream']),
  );
});
