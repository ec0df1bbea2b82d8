import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costPicoUsd } from '../../src/account/cost.ts';
import { priceTable } from '../../src/account/price-table.ts';
import {
  type CallPrice,
  findPrice,
  serviceTiers,
  type TierPrice,
  type TokenPrice,
} from '../../src/account/prices.ts';
import type { Usage } from '../../src/call.ts';

/** The tokens of a call, each counted once: what `Usage` says in overlapping totals. */
const inputKinds = ['text', 'cached', 'written', 'audio', 'image'] as const;
const outputKinds = ['text', 'audio', 'image'] as const;
interface Tokens {
  readonly input: Readonly<Record<(typeof inputKinds)[number], number>>;
  readonly output: Readonly<Record<(typeof outputKinds)[number], number>>;
}

function usageOf({ input, output }: Tokens): Usage {
  return {
    source: 'provider',
    inputTokens: inputKinds.reduce((sum, kind) => sum + input[kind], 0),
    cachedInputTokens: input.cached,
    cacheWriteInputTokens: input.written,
    audioInputTokens: input.audio,
    imageInputTokens: input.image,
    outputTokens: outputKinds.reduce((sum, kind) => sum + output[kind], 0),
    audioOutputTokens: output.audio,
    imageOutputTokens: output.image,
  };
}

/** The plain way, in integers of any size: every token at its own price. */
function referencePicoUsd({ input, output }: Tokens, price: Required<TokenPrice>): bigint {
  const at = (tokens: number, usd: number) => BigInt(tokens) * BigInt(Math.round(usd * 1e6));
  return (
    at(input.text, price.inputUsd) +
    at(input.cached, price.cachedInputUsd) +
    at(input.written, price.cacheWriteInputUsd) +
    at(input.audio, price.audioInputUsd) +
    at(input.image, price.imageInputUsd) +
    at(output.text, price.outputUsd) +
    at(output.audio, price.audioOutputUsd) +
    at(output.image, price.imageOutputUsd)
  );
}

function plus<K extends string>(one: Record<K, number>, other: Record<K, number>): Record<K, number> {
  const kinds = Object.keys(one) as K[];
  return Object.fromEntries(kinds.map((kind) => [kind, one[kind] + other[kind]])) as Record<K, number>;
}

const count = fc.oneof(fc.constant(0), fc.nat({ max: 300_000 }));
const anOutput = fc.record({ text: count, audio: count, image: count });
const none = fc.constant(0);
/** Of prompts with cached tokens and of those with sound or pictures, never both: see the test of that. */
const cacheInput = fc.record({ text: count, cached: count, written: count, audio: none, image: none });
const mediaInput = fc.record({ text: count, cached: none, written: none, audio: count, image: count });
const someTokens: fc.Arbitrary<Tokens> = fc.oneof(
  fc.record({ input: cacheInput, output: anOutput }),
  fc.record({ input: mediaInput, output: anOutput }),
);
const microUsd = fc.nat({ max: 500_000_000 }).map((micro) => micro / 1e6);
const wholePrice: fc.Arbitrary<Required<TokenPrice>> = fc.record({
  inputUsd: microUsd,
  cachedInputUsd: microUsd,
  cacheWriteInputUsd: microUsd,
  audioInputUsd: microUsd,
  imageInputUsd: microUsd,
  outputUsd: microUsd,
  audioOutputUsd: microUsd,
  imageOutputUsd: microUsd,
});

const tablePrices = Object.keys(priceTable.models)
  .flatMap((model) => [undefined, ...serviceTiers].map((tier) => findPrice(model, undefined, tier)))
  .filter((price) => price !== undefined);
const tablePrice = fc.constantFrom(...tablePrices);
const tokenPrices = tablePrices.filter((price): price is TierPrice => price.audioMinuteUsd === undefined);

function pico(usage: Usage, price: CallPrice): number {
  const cost = costPicoUsd(usage, price);
  if (cost === undefined) throw new Error('expected a known cost');
  return cost;
}

describe('costPicoUsd', () => {
  it('charges whole seconds to the nearest pico-dollar, as integers of any size do', () => {
    fc.assert(
      fc.property(fc.nat({ max: 36_000 }), fc.nat({ max: 1_000_000 }), (audioSeconds, microUsdPerMinute) => {
        const price = { audioMinuteUsd: microUsdPerMinute / 1e6 };
        const sixtieths = BigInt(audioSeconds) * BigInt(microUsdPerMinute) * 1_000_000n;
        const expected = (sixtieths * 2n + 60n) / 120n;
        expect(BigInt(pico({ source: 'provider', audioSeconds }, price))).toBe(expected);
      }),
    );
  });

  it('equals integer arithmetic of any precision, in pico-dollars', () => {
    fc.assert(
      fc.property(someTokens, wholePrice, (tokens, price) => {
        expect(BigInt(pico(usageOf(tokens), price))).toBe(referencePicoUsd(tokens, price));
      }),
    );
  });

  it('adds up: two calls cost what one with their tokens together costs', () => {
    const pair = (input: typeof cacheInput | typeof mediaInput) =>
      fc.tuple(fc.record({ input, output: anOutput }), fc.record({ input, output: anOutput }));
    fc.assert(
      fc.property(fc.oneof(pair(cacheInput), pair(mediaInput)), wholePrice, ([one, other], price) => {
        const both = { input: plus(one.input, other.input), output: plus(one.output, other.output) };
        expect(pico(usageOf(both), price)).toBe(pico(usageOf(one), price) + pico(usageOf(other), price));
      }),
    );
  });

  it('never falls when there are more tokens of any kind, and stays unknown where it was, at any price of the table', () => {
    const growth = fc.record({
      input: fc.oneof(cacheInput, mediaInput),
      output: anOutput,
    });
    fc.assert(
      fc.property(someTokens, growth, tablePrice, (tokens, more, price) => {
        const grown = { input: plus(tokens.input, more.input), output: plus(tokens.output, more.output) };
        const before = costPicoUsd(usageOf(tokens), price);
        const after = costPicoUsd(usageOf(grown), price);
        if (before === undefined) expect(after).toBeUndefined();
        else if (after !== undefined) expect(after).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is no higher for cached input, and no lower for written input, at any price of the table', () => {
    fc.assert(
      fc.property(count, count, count, fc.constantFrom(...tokenPrices), (rest, part, output, price) => {
        const usage: Usage = {
          source: 'provider',
          inputTokens: Math.min(rest + part, 272_000),
          cacheWriteInputTokens: 0,
          audioInputTokens: 0,
          imageInputTokens: 0,
          outputTokens: output,
          audioOutputTokens: 0,
          imageOutputTokens: 0,
        };
        const tokens = Math.min(part, 272_000);
        const plain = pico(usage, price);
        expect(pico({ ...usage, cachedInputTokens: tokens }, price)).toBeLessThanOrEqual(plain);
        expect(pico({ ...usage, cacheWriteInputTokens: tokens }, price)).toBeGreaterThanOrEqual(plain);
      }),
    );
  });
});
