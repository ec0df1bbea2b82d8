import { describe, expect, it } from 'vitest';
import { costUsdOf } from '../../src/account/cost.ts';
import { findPrice } from '../../src/account/prices.ts';
import type { Usage } from '../../src/call.ts';

function text(inputTokens: number, cachedInputTokens: number, outputTokens: number): Usage {
  return { source: 'provider', inputTokens, cachedInputTokens, outputTokens };
}

describe('costUsdOf', () => {
  it('charges input, cached input and output each at its price', () => {
    expect(costUsdOf(text(1_000_000, 400_000, 100_000), findPrice('gpt-5'))).toBe(0.75 + 0.05 + 1);
  });

  it('charges cached and written input in full where the model has no price for them', () => {
    const price = { inputUsd: 3, outputUsd: 1 };
    expect(costUsdOf(text(1_000, 1_000, 0), price)).toBe(0.003);
    expect(costUsdOf({ ...text(1_000, 400, 0), cacheWriteInputTokens: 600 }, price)).toBe(0.003);
  });

  it('charges writes to the prompt cache', () => {
    const usage = { ...text(1_000_000, 300_000, 0), inputTokens: 270_000, cachedInputTokens: 100_000 };
    const cost = costUsdOf({ ...usage, cacheWriteInputTokens: 50_000 }, findPrice('gpt-6-sol'));
    expect(cost).toBe((120_000 * 2 + 100_000 * 0.2 + 50_000 * 2.5) / 1e6);
  });

  it('charges audio and images at their own price', () => {
    const audio = { ...text(1_000, 0, 500), audioInputTokens: 900, audioOutputTokens: 400 };
    expect(costUsdOf(audio, findPrice('gpt-audio'))).toBe((100 * 2.5 + 900 * 32 + 100 * 10 + 400 * 64) / 1e6);
    const image = { ...text(1_000, 0, 4_160), imageInputTokens: 900, imageOutputTokens: 4_160 };
    expect(costUsdOf(image, findPrice('gpt-image-1'))).toBe((100 * 5 + 900 * 10 + 4_160 * 40) / 1e6);
  });

  it('charges the output of a model that only draws or speaks, though the answer does not say what it is', () => {
    const drawn = { ...text(10, 0, 1_000), imageInputTokens: 0 };
    expect(costUsdOf(drawn, findPrice('gpt-image-1-mini'))).toBe((10 * 2 + 1_000 * 8) / 1e6);
    expect(costUsdOf(text(10, 0, 1_000), findPrice('gpt-4o-mini-tts'))).toBe((10 * 0.6 + 1_000 * 12) / 1e6);
  });

  it('charges pictures as text in a chat, cached or not', () => {
    const usage = { ...text(1_000, 600, 10), imageInputTokens: 800 };
    expect(costUsdOf(usage, findPrice('gpt-5'))).toBe(costUsdOf(text(1_000, 600, 10), findPrice('gpt-5')));
  });

  it('charges audio by the second where the model is billed by time', () => {
    const heard = (audioSeconds: number): Usage => ({ source: 'provider', audioSeconds });
    expect(costUsdOf(heard(60), findPrice('whisper-1'))).toBe(0.006);
    expect(costUsdOf(heard(1), findPrice('whisper-1'))).toBe(0.0001);
    expect(costUsdOf(heard(0), findPrice('whisper-1'))).toBe(0);
    expect(costUsdOf(text(100, 0, 10), findPrice('whisper-1'))).toBeUndefined();
    expect(costUsdOf(heard(60), findPrice('gpt-4o-transcribe'))).toBeUndefined();
  });

  it('charges the whole request at the long price once the input is longer than its threshold', () => {
    const price = findPrice('gpt-5.4');
    expect(costUsdOf(text(272_000, 0, 1_000), price)).toBe(0.695);
    expect(costUsdOf(text(272_001, 1, 1_000), price)).toBe((272_000 * 5 + 0.5 + 22_500) / 1e6);
    const flex = findPrice('gpt-5.4', undefined, 'flex');
    expect(costUsdOf(text(272_001, 1, 1_000), flex)).toBe((272_000 * 2.5 + 0.25 + 11_250) / 1e6);
  });

  it('needs no output tokens for embeddings', () => {
    expect(costUsdOf({ source: 'provider', inputTokens: 50 }, findPrice('text-embedding-3-small'))).toBe(
      0.000001,
    );
  });
});

describe('a cost that is unknown', () => {
  const price = { inputUsd: 1, outputUsd: 2 };
  const audioPrice = { ...price, audioInputUsd: 10, audioOutputUsd: 20 };

  it('has no price, no usage, or lacks a count that costs something', () => {
    expect(costUsdOf(text(1, 0, 1), undefined)).toBeUndefined();
    expect(costUsdOf({ source: 'unknown', inputTokens: 1, outputTokens: 1 }, price)).toBeUndefined();
    expect(costUsdOf({ source: 'provider', inputTokens: 1 }, price)).toBeUndefined();
    expect(costUsdOf({ source: 'provider', outputTokens: 1 }, price)).toBeUndefined();
    expect(costUsdOf({ source: 'provider', outputTokens: 1 }, { ...price, inputUsd: 0 })).toBe(0.000002);
    const heard = { source: 'provider', inputTokens: 1, audioInputTokens: 0 } as const;
    expect(costUsdOf(heard, { ...audioPrice, outputUsd: 0 })).toBeUndefined();
    expect(costUsdOf({ ...heard, outputTokens: 0 }, { ...audioPrice, outputUsd: 0 })).toBe(0.000001);
  });

  it.each(['audioInput', 'imageInput', 'audioOutput', 'imageOutput'] as const)(
    'has tokens of %s without a price of their own, rather than at the price of text',
    (kind) => {
      const usage = { ...text(10, 0, 10), [`${kind}Tokens`]: 1 };
      expect(costUsdOf(usage, price)).toBeUndefined();
      expect(costUsdOf({ ...usage, [`${kind}Tokens`]: 0 }, price)).toBe(0.00003);
      expect(costUsdOf(usage, { ...price, [`${kind}Usd`]: 5 })).toBeGreaterThan(0);
    },
  );

  it('has a price for audio and nobody says how many of the tokens were audio', () => {
    expect(costUsdOf(text(10, 0, 10), audioPrice)).toBeUndefined();
    expect(costUsdOf({ ...text(10, 0, 10), audioInputTokens: 0 }, audioPrice)).toBeUndefined();
    expect(costUsdOf({ ...text(10, 0, 10), audioInputTokens: 0, audioOutputTokens: 0 }, audioPrice)).toBe(
      0.00003,
    );
    expect(costUsdOf(text(0, 0, 0), audioPrice)).toBe(0);
  });

  it('has counts that contradict each other: parts that exceed the whole', () => {
    const whole = { ...audioPrice, imageInputUsd: 1, imageOutputUsd: 2 };
    const known = { ...text(10, 0, 10), audioInputTokens: 0, audioOutputTokens: 0 };
    expect(costUsdOf(known, whole)).toBe(0.00003);
    for (const contradiction of [
      { cachedInputTokens: 11 },
      { cachedInputTokens: 6, cacheWriteInputTokens: 5 },
      { audioInputTokens: 11 },
      { audioInputTokens: 6, imageInputTokens: 5 },
      { imageOutputTokens: 11 },
      { audioOutputTokens: 6, imageOutputTokens: 5 },
    ]) {
      expect(costUsdOf({ ...known, ...contradiction }, whole)).toBeUndefined();
    }
  });

  it('has cached tokens beside audio, and nobody says which of them were cached', () => {
    const usage = { ...text(10, 5, 0), audioInputTokens: 5 };
    expect(costUsdOf(usage, { ...audioPrice, cachedInputUsd: 0.5 })).toBeUndefined();
    expect(costUsdOf(usage, audioPrice)).toBe((5 * 1 + 5 * 10) / 1e6);
  });

  it('has a price for writes to the cache, and the provider does not say how many there were', () => {
    const writing = { ...price, cacheWriteInputUsd: 1.25 };
    expect(costUsdOf(text(10, 0, 10), writing)).toBeUndefined();
    expect(costUsdOf({ ...text(10, 0, 10), source: 'estimated' }, writing)).toBe(0.00003);
    expect(costUsdOf({ ...text(10, 0, 10), cacheWriteInputTokens: 0 }, writing)).toBe(0.00003);
  });

  it('writes to the cache for longer than the price is for', () => {
    const writing = { ...price, cacheWriteInputUsd: 1.25 };
    const usage = { ...text(10, 0, 10), cacheWriteInputTokens: 4 };
    const known = (6 * 1 + 4 * 1.25 + 10 * 2) / 1e6;
    for (const body of [
      undefined,
      {},
      { prompt_cache_options: null },
      { prompt_cache_options: { ttl: '30m' } },
    ]) {
      expect(costUsdOf(usage, writing, body)).toBe(known);
    }
    const kept = { prompt_cache_options: { ttl: '12h' } };
    expect(costUsdOf(usage, writing, kept)).toBeUndefined();
    const throwing = {
      get prompt_cache_options(): never {
        throw new Error('a getter of the caller');
      },
    };
    expect(costUsdOf(usage, writing, throwing)).toBeUndefined();
    expect(costUsdOf({ ...usage, cacheWriteInputTokens: 0 }, writing, kept)).toBe(0.00003);
    expect(costUsdOf(usage, price, kept)).toBe(0.00003);
  });
});
