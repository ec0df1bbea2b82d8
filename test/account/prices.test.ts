import { describe, expect, it } from 'vitest';
import { checkPrices } from '../../src/account/check-prices.ts';
import { costUsdOf } from '../../src/account/cost.ts';
import { priceTable } from '../../src/account/price-table.ts';
import { findPrice, type TokenModelPrice } from '../../src/account/prices.ts';

describe('findPrice', () => {
  it('finds a model by its exact name', () => {
    expect(findPrice('gpt-5-mini')).toMatchObject({ inputUsd: 0.25, cachedInputUsd: 0.025, outputUsd: 2 });
  });

  it('gives a dated snapshot the price of its family', () => {
    expect(findPrice('gpt-5-2025-08-07')).toBe(findPrice('gpt-5'));
    expect(findPrice('gpt-4o-mini-2024-07-18')).toBe(findPrice('gpt-4o-mini'));
  });

  it('gives a snapshot with a price of its own that price', () => {
    expect(findPrice('gpt-4o-2024-05-13')).toMatchObject({ inputUsd: 5, outputUsd: 15 });
    expect(findPrice('gpt-4o-2024-08-06')).toBe(findPrice('gpt-4o'));
  });

  it.each([
    'gpt-5-unknown-thing',
    'gpt-5-2025-08',
    'gpt-5-2025-08-07-preview',
    'gpt',
    '',
    'ft:gpt-4o:acme::abc',
    'ft:gpt-4o-2024-08-06:acme::abc',
    'GPT-5',
    'constructor',
    '__proto__',
  ])('does not guess a price for %j', (model) => {
    expect(findPrice(model)).toBeUndefined();
  });

  it('prefers an override to the table, and one of the family for a snapshot', () => {
    const own = { inputUsd: 1, outputUsd: 2 };
    expect(findPrice('gpt-5', { 'gpt-5': own })).toBe(own);
    expect(findPrice('gpt-5-2025-08-07', { 'gpt-5': own })).toBe(own);
    expect(findPrice('ft:gpt-4o:acme::abc', { 'ft:gpt-4o:acme::abc': own })).toBe(own);
    expect(findPrice('gpt-4o-2024-05-13', { 'gpt-4o': own })).toMatchObject({ inputUsd: 5, outputUsd: 15 });
  });

  it('has the price of the tier that served a call, and none where it is not known', () => {
    expect(findPrice('gpt-5', undefined, 'default')).toBe(findPrice('gpt-5'));
    expect(findPrice('gpt-5', undefined, 'auto')).toBe(findPrice('gpt-5'));
    expect(findPrice('gpt-5', undefined, 'flex')).toMatchObject({ inputUsd: 0.625, outputUsd: 5 });
    expect(findPrice('gpt-5-2025-08-07', undefined, 'priority')).toMatchObject({
      inputUsd: 2.5,
      outputUsd: 20,
    });
    expect(findPrice('gpt-5', undefined, 'fast')).toBe(findPrice('gpt-5', undefined, 'priority'));
    expect(findPrice('gpt-5-nano', undefined, 'priority')).toBeUndefined();
    expect(findPrice('gpt-5', undefined, 'scale')).toBeUndefined();
    expect(findPrice('gpt-5', undefined, 'constructor')).toBeUndefined();
    expect(findPrice('whisper-1', undefined, 'flex')).toBeUndefined();
  });

  it('takes nothing over into a tier from the standard price', () => {
    const own = {
      inputUsd: 4,
      audioInputUsd: 40,
      outputUsd: 8,
      tiers: { flex: { inputUsd: 2, outputUsd: 4 } },
    };
    expect(findPrice('mine', { mine: own }, 'flex')).toEqual({ inputUsd: 2, outputUsd: 4 });
  });

  it('knows no price for a long prompt in a tier that gives none', () => {
    const gpt54 = findPrice('gpt-5.4', undefined, 'priority');
    expect(costUsdOf({ source: 'provider', inputTokens: 272_000, outputTokens: 0 }, gpt54)).toBe(1.36);
    expect(costUsdOf({ source: 'provider', inputTokens: 272_001, outputTokens: 0 }, gpt54)).toBeUndefined();
    const sol = findPrice('gpt-6-sol', undefined, 'priority');
    expect(sol).toMatchObject({
      longPrompt: { overTokens: 272_000, inputUsd: 8, cacheWriteInputUsd: 10, outputUsd: 30 },
    });
  });

  it('holds an override in every tier, unless it names tiers', () => {
    const own = { inputUsd: 1, outputUsd: 2 };
    const flex = { inputUsd: 0.5, outputUsd: 1 };
    const tiered = { ...own, tiers: { flex } };
    expect(findPrice('gpt-5-2025-08-07', { 'gpt-5': own }, 'flex')).toBe(own);
    expect(findPrice('mine', { mine: { audioMinuteUsd: 1 } }, 'flex')).toEqual({ audioMinuteUsd: 1 });
    expect(findPrice('gpt-5', { 'gpt-5': tiered })).toBe(tiered);
    expect(findPrice('gpt-5', { 'gpt-5': tiered }, 'flex')).toBe(flex);
    // The table has a price for this tier, but the user's word on the model goes before it.
    expect(findPrice('gpt-5', { 'gpt-5': tiered }, 'priority')).toBeUndefined();
    expect(
      findPrice('gpt-5-2025-08-07', { 'gpt-5-2025-08-07': tiered, 'gpt-5': own }, 'priority'),
    ).toBeUndefined();
  });
});

describe('priceTable', () => {
  it('says when and where its prices were read', () => {
    expect(priceTable.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(priceTable.source).toMatch(/^https:/);
  });

  it('passes the check that the prices of a user pass', () => {
    expect(checkPrices('prices', priceTable.models)).toEqual(priceTable.models);
  });

  it.each([
    ...['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-chat-latest', 'gpt-5-codex'],
    ...[
      'gpt-5.1',
      'gpt-5.1-codex',
      'gpt-5.1-codex-mini',
      'gpt-5.2',
      'gpt-4.1',
      'gpt-4.1-mini',
      'gpt-4.1-nano',
    ],
    ...['gpt-4o', 'gpt-4o-mini', 'gpt-4o-2024-05-13', 'o1', 'o1-mini', 'o1-pro', 'o3', 'o3-mini', 'o3-pro'],
    ...['o3-deep-research', 'o4-mini', 'o4-mini-deep-research'],
    ...['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'],
  ])('knows %s', (model) => {
    expect((findPrice(model) as TokenModelPrice).inputUsd).toBeGreaterThan(0);
  });

  it('prices writes to the prompt cache, audio, images and minutes', () => {
    expect(findPrice('gpt-6-astra')).toMatchObject({ inputUsd: 10, cacheWriteInputUsd: 12.5 });
    expect(findPrice('gpt-audio')).toMatchObject({ inputUsd: 2.5, audioInputUsd: 32, audioOutputUsd: 64 });
    expect(findPrice('gpt-image-1')).toMatchObject({ inputUsd: 5, imageInputUsd: 10, imageOutputUsd: 40 });
    expect(findPrice('gpt-4o-transcribe')).toMatchObject({ audioInputUsd: 2.5, outputUsd: 10 });
    expect(findPrice('whisper-1')).toEqual({ audioMinuteUsd: 0.006 });
  });

  it('does not let a dearer first snapshot pass for its family', () => {
    expect(findPrice('gpt-4o-audio-preview-2024-10-01')).toMatchObject({ audioInputUsd: 100 });
    expect(findPrice('gpt-4o-audio-preview-2025-06-03')).toMatchObject({ audioInputUsd: 40 });
  });

  it.each(['tts-1', 'dall-e-3', 'gpt-realtime', 'gpt-4o-search-preview', 'sora-2'])(
    'has no price for %s, which bills what is not counted',
    (model) => expect(findPrice(model)).toBeUndefined(),
  );
});
