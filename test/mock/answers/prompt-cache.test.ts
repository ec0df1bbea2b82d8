import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { jsonAsk } from '../../../loadtest/k6/mix.ts';
import { defaultBackground } from '../../../src/mock/background-plan.ts';
import { defaultBatching } from '../../../src/mock/batch-options.ts';
import { cachedTokensOf } from '../../../src/mock/prompt-cache.ts';
import { World } from '../../../src/mock/world.ts';
import { createFakeClock } from '../fake-clock.ts';
import { instant, mockForTest } from '../support.ts';

const plan = { background: defaultBackground, batches: defaultBatching, webhooks: null };

const MINUTE_MS = 60_000;
const alphabet = 'abcdefghijkl';
/** A text of so many tokens, four characters each, that is another for another letter. */
const text = (letter: string, tokens: number) => letter.repeat(4 * tokens);

async function setUp(options: Parameters<typeof mockForTest>[0] = {}) {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, latency: instant, ...options });
  const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
  async function cached(content: string, fields: object = {}, key = 'any') {
    const answer = await openai.withOptions({ apiKey: key }).chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content }],
      ...fields,
    });
    return answer.usage?.prompt_tokens_details?.cached_tokens;
  }
  return { clock, mock, openai, cached };
}

describe('a prompt', () => {
  test('is cached from 1,024 tokens on, in whole blocks of 128', async () => {
    const { cached } = await setUp();
    expect([await cached(text('a', 900)), await cached(text('a', 900))]).toEqual([0, 0]);
    expect([await cached(text('b', 1_100)), await cached(text('b', 1_100))]).toEqual([0, 1_024]);
    expect([await cached(text('c', 1_500)), await cached(text('c', 1_500))]).toEqual([0, 1_408]);
  });

  test('is found again by what it begins with, however it goes on', async () => {
    const { cached } = await setUp();
    await cached(text('a', 1_500));
    expect(await cached(text('a', 1_300) + text('b', 500))).toBe(1_280);
    expect(await cached(text('a', 1_000) + text('c', 500))).toBe(0);
    expect(await cached(text('d', 10) + text('a', 1_500))).toBe(0);
  });

  test('is cached for its model, its key and its prompt_cache_key alone', async () => {
    const { cached } = await setUp();
    const prompt = text('a', 1_500);
    await cached(prompt);
    expect(await cached(prompt, { model: 'gpt-5' })).toBe(0);
    expect(await cached(prompt, {}, 'other')).toBe(0);
    expect(await cached(prompt, { prompt_cache_key: 'mine' })).toBe(0);
    expect(await cached(prompt, { prompt_cache_key: 'mine' })).toBe(1_408);
    expect(
      await cached(prompt, { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'none' }),
    ).toBe(0);
    expect(await cached(prompt)).toBe(1_408);
  });

  test('is kept for five to ten minutes after its last use, or for as long as it asks', async () => {
    const { cached, clock } = await setUp();
    const kept = [];
    for (const letter of alphabet) {
      const prompt = text(letter, 1_100);
      await cached(prompt);
      clock.advance(5 * MINUTE_MS - 1);
      // Used again, so it is kept for another five minutes at least.
      expect(await cached(prompt)).toBe(1_024);
      clock.advance(7.5 * MINUTE_MS);
      kept.push(await cached(prompt));
      clock.advance(10 * MINUTE_MS);
      expect(await cached(prompt)).toBe(0);
    }
    expect(new Set(kept)).toEqual(new Set([0, 1_024]));
    const long = { prompt_cache_retention: '24h' };
    await cached(text('A', 1_100), long);
    clock.advance(24 * 60 * MINUTE_MS - 1);
    expect(await cached(text('A', 1_100))).toBe(1_024);
    clock.advance(11 * MINUTE_MS);
    expect(await cached(text('A', 1_100))).toBe(0);
    await cached(text('B', 1_100), { prompt_cache_options: { ttl: '30m' } });
    clock.advance(30 * MINUTE_MS - 1);
    expect(await cached(text('B', 1_100))).toBe(1_024);
  });

  test('is the same for chat and Responses, and forgotten at a start', async () => {
    const { cached, openai, mock } = await setUp();
    await cached(text('a', 1_500));
    const ask = () => openai.responses.create({ model: 'gpt-4o', input: text('a', 1_500) });
    expect((await ask()).usage?.input_tokens_details.cached_tokens).toBe(1_408);
    mock.start();
    expect((await ask()).usage?.input_tokens_details.cached_tokens).toBe(0);
  });

  test('of the load test is cached from its second time on, so that cached tokens are billed there', async () => {
    const { cached } = await setUp();
    const { prompt } = jsonAsk(0);
    expect([await cached(prompt), await cached(prompt)]).toEqual([0, 1_408]);
  });

  test('is measured by the tokenizer where there is one', async () => {
    // Two characters a token.
    const { cached } = await setUp({ countTokens: (part) => Math.ceil(part.length / 2) });
    const prompt = text('a', 600);
    expect([await cached(prompt), await cached(prompt)]).toEqual([0, 1_024]);
  });
});

describe('the cache', () => {
  const prompt = (content: string) => ({
    model: 'gpt-4o',
    key: 'k',
    body: {},
    items: [{ role: 'user', content }],
    inputTokens: Math.ceil(content.length / 4) + 7,
    count: undefined,
  });

  test('says what a plain list of all prompts says', () => {
    const parts = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (prompts) => {
        const world = new World(1, createFakeClock(), plan);
        const before: string[] = [];
        for (const letters of prompts) {
          const content = letters.map((letter) => letter.repeat(512)).join('');
          const common = Math.max(0, ...before.map((other) => commonLength(other, content)));
          // A message begins with whose it is: five characters for a user.
          const blocks = common === 0 ? 0 : Math.floor((common + 5) / 512);
          expect(cachedTokensOf(prompt(content), world)).toBe(blocks < 8 ? 0 : blocks * 128);
          if (prompt(content).inputTokens >= 1_024) before.push(content);
        }
      }),
    );
  });

  test('forgets what was least lately used when it is full', () => {
    const world = new World(1, createFakeClock(), plan);
    const long = (letter: string) => prompt(letter.repeat(512 * 20_000));
    for (const letter of ['a', 'b', 'c']) cachedTokensOf(long(letter), world);
    expect(cachedTokensOf(long('a'), world)).toBe(2_560_000);
    // Four of them are more than there is room for, and `b` was used before all others.
    cachedTokensOf(long('d'), world);
    expect(cachedTokensOf(long('a'), world)).toBe(2_560_000);
    expect(cachedTokensOf(long('b'), world)).toBe(0);
    // Of 70 million characters.
  }, 30_000);
});

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
