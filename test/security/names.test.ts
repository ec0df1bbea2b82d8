import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import { observe, telltale } from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import { outsideWord } from '../../src/outside-word.ts';

it.each([
  'ft:gpt-4o-2024-08-06:acme:my-sk-Model-12345:9xYz01ab',
  'ft:gpt-4o:org::abc',
  'xai-grok-3-mini-beta',
  'pplx-70b-online',
  'openrouter/pplx-70b-online',
  'sess-7b-instruct-v01',
  'hf_meta-llama-3-8b-instruct',
  'sk-gpt4o-sweden-central',
  'deployment-sk-prod-2024-11',
  'gpt 4o (EU)',
  'chatcmpl-BxYz0123456789SKabcdef',
  'resp_68a1f2c3d4e5f60718293a4b5c6d7e8f',
  'req_0123456789abcdef0123456789abcdef',
  'content_filter',
])('the name %s stays as it is', (name) => {
  expect([outsideWord(name), outsideWord(name)]).toEqual([name, name]);
});

it.each([
  'sk-proj-Abcdefghijklmnop0123',
  'sk-ab***************wxyz',
  'gsk_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV0123',
  'xai-AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKlMnOpQrStUvWxYz',
  'pplx-0123456789abcdef0123456789abcdef0123456789abcdef',
  'hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh',
  'sk_live_51AbCdEfGhIjKlMnOpQrStUvWx',
  'glpat-AbCd-0123456789abcdefgh',
])('the key %s does not, however often it is said', (key) => {
  for (const _ of [1, 2]) expect(outsideWord(`model ${key}`)).toBe('model [redacted api key]');
  expect(outsideWord(key)).toBe('[redacted api key]');
});

it('a model whose name begins like a key has its price and its figures', async () => {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  onTestFinished(async () => await mock.close());
  const model = 'pplx-70b-online';
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), {
    prices: { [model]: { inputUsd: 1, outputUsd: 1 } },
    budget: { usd: 1, per: 'day' },
  });
  await openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello?' }] });
  const { cost, byModel } = telltale(openai).stats();
  expect(Object.keys(byModel)).toEqual([model]);
  expect(cost.unknownCalls).toBe(0);
});
