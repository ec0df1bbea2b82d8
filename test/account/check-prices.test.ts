import { describe, expect, it } from 'vitest';
import { checkPrices } from '../../src/account/check-prices.ts';

describe('checkPrices', () => {
  const good = { inputUsd: 1.25, outputUsd: 10 };

  it('returns a copy, which later changes of the original do not reach', () => {
    const given = { 'gpt-5': { ...good } };
    const checked = checkPrices('prices', given);
    given['gpt-5'].inputUsd = 99;
    expect(checked).toEqual({ 'gpt-5': good });
  });

  it('accepts a price for long prompts and leaves out what is undefined', () => {
    const longPrompt = { overTokens: 200_000, inputUsd: 2.5, outputUsd: 15 };
    const checked = checkPrices('prices', { mine: { ...good, cachedInputUsd: undefined, longPrompt } });
    expect(checked).toStrictEqual({ mine: { ...good, longPrompt } });
  });

  it('accepts every kind of price, tiers, and a price by the minute', () => {
    const whole = {
      ...good,
      cachedInputUsd: 0.125,
      cacheWriteInputUsd: 1.5625,
      audioInputUsd: 32,
      imageInputUsd: 5,
      audioOutputUsd: 64,
      imageOutputUsd: 40,
    };
    const longPrompt = { overTokens: 272_000, ...whole };
    const given = {
      mine: {
        ...whole,
        longPrompt,
        tiers: { flex: { ...whole, longPrompt }, priority: good, scale: undefined },
      },
      heard: { audioMinuteUsd: 0.006, inputUsd: undefined },
    };
    expect(checkPrices('prices', given)).toStrictEqual({
      mine: { ...whole, longPrompt, tiers: { flex: { ...whole, longPrompt }, priority: good } },
      heard: { audioMinuteUsd: 0.006 },
    });
  });

  it('keeps tiers that name none, which say that no other tier has a price', () => {
    expect(checkPrices('prices', { m: { ...good, tiers: {} } })).toStrictEqual({ m: { ...good, tiers: {} } });
  });

  const range = 'a number from 0 to 10000';
  it.each([
    [7, 'Expected `prices` to be an object of prices by model, got `7` (number)'],
    [[good], 'Expected `prices` to be an object of prices by model, got `an array of 1` (array)'],
    [{ m: 1 }, 'Expected `prices["m"]` to be an object, got `1` (number)'],
    [
      { m: { ...good, inputUsd: -3 } },
      `Expected \`prices["m"].inputUsd\` to be ${range}, got \`-3\` (number)`,
    ],
    [
      { m: { ...good, inputUsd: NaN } },
      `Expected \`prices["m"].inputUsd\` to be ${range}, got \`NaN\` (number)`,
    ],
    [
      { m: { ...good, outputUsd: '10' } },
      `Expected \`prices["m"].outputUsd\` to be ${range}, got \`"10"\` (string)`,
    ],
    [
      { m: { inputUsd: 1 } },
      `Expected \`prices["m"].outputUsd\` to be ${range}, got \`undefined\` (undefined)`,
    ],
    [{ m: { ...good, inputUSD: 1 } }, 'Unknown option `prices["m"].inputUSD`. Did you mean `inputUsd`?'],
    [
      { m: { inputUsd: 0.00000125, outputUsd: 0 } },
      'Expected `prices["m"].inputUsd` to be USD per million tokens with at most 6 decimals, got `0.00000125` (number)',
    ],
    [
      { m: { ...good, longPrompt: { ...good, overTokens: 0 } } },
      'Expected `prices["m"].longPrompt.overTokens` to be a positive integer, got `0` (number)',
    ],
    [
      { m: { ...good, audioInputUsd: -1 } },
      `Expected \`prices["m"].audioInputUsd\` to be ${range}, got \`-1\` (number)`,
    ],
    [
      { m: { ...good, tiers: { priorty: good } } },
      'Unknown option `prices["m"].tiers.priorty`. Did you mean `priority`?',
    ],
    [
      { m: { ...good, tiers: { flex: { inputUsd: 1 } } } },
      `Expected \`prices["m"].tiers.flex.outputUsd\` to be ${range}, got \`undefined\` (undefined)`,
    ],
    [
      { m: { ...good, audioMinuteUsd: 0.006 } },
      'Expected `prices["m"].inputUsd` to be absent beside `audioMinuteUsd`, got `1.25` (number)',
    ],
    [
      { m: { audioMinuteUsd: 0.0000001 } },
      'Expected `prices["m"].audioMinuteUsd` to be USD per minute with at most 6 decimals, got `1e-7` (number)',
    ],
  ])('refuses %j and says what it expects', (value, message) => {
    expect(() => checkPrices('prices', value)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message }),
    );
  });
});
