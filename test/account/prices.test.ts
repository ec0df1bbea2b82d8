import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceTable } from '../../src/account/price-table.ts';
import { checkPrices, costOf, costPicoUsd, findPrice, type ModelPrice } from '../../src/account/prices.ts';
import type { Usage } from '../../src/call.ts';

const tokenCount = fc.nat({ max: 2_000_000 });
const microUsd = fc.nat({ max: 700_000_000 }).map((micro) => micro / 1e6);
const flatPrice: fc.Arbitrary<ModelPrice> = fc.record(
  { inputUsd: microUsd, cachedInputUsd: microUsd, outputUsd: microUsd },
  { requiredKeys: ['inputUsd', 'outputUsd'] },
);
const tablePrice = fc.constantFrom(...Object.values(priceTable.models));

function usage(inputTokens: number, cachedInputTokens: number, outputTokens: number): Usage {
  return { source: 'provider', inputTokens, cachedInputTokens, outputTokens };
}

function pico(of: Usage, price: ModelPrice): number {
  const cost = costPicoUsd(of, price);
  if (cost === undefined) throw new Error('expected a known cost');
  return cost;
}

describe('findPrice', () => {
  it('finds a model by its exact name', () => {
    expect(findPrice('gpt-5-mini')).toEqual({ inputUsd: 0.25, cachedInputUsd: 0.025, outputUsd: 2 });
  });

  it('gives a dated snapshot the price of its family', () => {
    expect(findPrice('gpt-5-2025-08-07')).toBe(findPrice('gpt-5'));
    expect(findPrice('gpt-4o-mini-2024-07-18')).toBe(findPrice('gpt-4o-mini'));
  });

  it('gives a snapshot with a price of its own that price', () => {
    expect(findPrice('gpt-4o-2024-05-13')).toEqual({ inputUsd: 5, outputUsd: 15 });
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
    expect(findPrice('gpt-4o-2024-05-13', { 'gpt-4o': own })).toEqual({ inputUsd: 5, outputUsd: 15 });
  });

  it('has no price for another service tier than the standard one, unless an override gives it', () => {
    const own = { inputUsd: 1, outputUsd: 2 };
    expect(findPrice('gpt-5', undefined, 'default')).toBe(findPrice('gpt-5'));
    expect(findPrice('gpt-5', undefined, 'flex')).toBeUndefined();
    expect(findPrice('gpt-5-2025-08-07', undefined, 'priority')).toBeUndefined();
    expect(findPrice('gpt-5-2025-08-07', { 'gpt-5': own }, 'flex')).toBe(own);
  });
});

describe('costOf', () => {
  it('charges input, cached input and output each at its price', () => {
    expect(costOf(usage(1_000_000, 400_000, 100_000), findPrice('gpt-5'))).toBe(0.75 + 0.05 + 1);
  });

  it('charges cached input in full where the model has no cached price', () => {
    expect(costOf(usage(1_000, 1_000, 0), { inputUsd: 3, outputUsd: 1 })).toBe(0.003);
  });

  it('counts no more cached tokens than there is input', () => {
    const price = { inputUsd: 2, cachedInputUsd: 1, outputUsd: 0 };
    expect(costOf(usage(10, 50, 0), price)).toBe(costOf(usage(10, 10, 0), price));
  });

  it('charges the whole request at the long price once the input is longer than its threshold', () => {
    const price = findPrice('gpt-5.4');
    expect(costOf(usage(272_000, 0, 1_000), price)).toBe(0.695);
    expect(costOf(usage(272_001, 1, 1_000), price)).toBe((272_000 * 5 + 0.5 + 22_500) / 1e6);
  });

  it('is unknown without a price, without usage and without a count that costs something', () => {
    const price = { inputUsd: 1, outputUsd: 2 };
    expect(costOf(usage(1, 0, 1), undefined)).toBeUndefined();
    expect(costOf({ source: 'unknown', inputTokens: 1, outputTokens: 1 }, price)).toBeUndefined();
    expect(costOf({ source: 'provider', inputTokens: 1 }, price)).toBeUndefined();
    expect(costOf({ source: 'provider', outputTokens: 1 }, price)).toBeUndefined();
  });

  it('needs no output tokens for embeddings', () => {
    expect(costOf({ source: 'provider', inputTokens: 50 }, findPrice('text-embedding-3-small'))).toBe(
      0.000001,
    );
  });

  it('equals integer arithmetic of any precision, in pico-dollars', () => {
    fc.assert(
      fc.property(tokenCount, tokenCount, tokenCount, flatPrice, (input, cached, output, price) => {
        const rate = (usd: number) => BigInt(Math.round(usd * 1e6));
        const hits = Math.min(input, cached);
        const expected =
          BigInt(input - hits) * rate(price.inputUsd) +
          BigInt(hits) * rate(price.cachedInputUsd ?? price.inputUsd) +
          BigInt(output) * rate(price.outputUsd);
        expect(BigInt(pico(usage(input, cached, output), price))).toBe(expected);
      }),
    );
  });

  it('never falls when there are more tokens', () => {
    fc.assert(
      fc.property(
        tokenCount,
        tokenCount,
        tokenCount,
        tokenCount,
        tablePrice,
        (input, output, more, longer, price) => {
          const cost = pico(usage(input, 0, output), price);
          expect(pico(usage(input + more, 0, output + longer), price)).toBeGreaterThanOrEqual(cost);
        },
      ),
    );
  });

  it('adds up: two calls cost what one with their tokens together costs', () => {
    fc.assert(
      fc.property(
        tokenCount,
        tokenCount,
        tokenCount,
        tokenCount,
        flatPrice,
        (inputA, outputA, inputB, outputB, price) => {
          const apart = pico(usage(inputA, 0, outputA), price) + pico(usage(inputB, 0, outputB), price);
          expect(pico(usage(inputA + inputB, 0, outputA + outputB), price)).toBe(apart);
        },
      ),
    );
  });

  it('is no higher for cached input at any price of the table', () => {
    fc.assert(
      fc.property(tokenCount, tokenCount, tokenCount, tablePrice, (input, cached, output, price) => {
        expect(pico(usage(input, cached, output), price)).toBeLessThanOrEqual(
          pico(usage(input, 0, output), price),
        );
      }),
    );
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
    expect(findPrice(model)?.inputUsd).toBeGreaterThan(0);
  });
});

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
  ])('refuses %j and says what it expects', (value, message) => {
    expect(() => checkPrices('prices', value)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message }),
    );
  });
});
