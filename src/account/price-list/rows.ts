import type { TierPrice, TokenModelPrice, TokenPrice } from '../prices.ts';

/** Past this many input tokens, the models that have a price for long prompts charge it. */
const longTokens = 272_000;

/**
 * USD per million tokens of a model that reads text and images and writes text. OpenAI meters images in tokens and
 * charges them as it does text: its pages give these models one price for both. (The few that read no images never have
 * such tokens.)
 */
export function text(inputUsd: number, cachedInputUsd: number | undefined, outputUsd: number): TokenPrice {
  return {
    inputUsd,
    ...(cachedInputUsd !== undefined && { cachedInputUsd }),
    imageInputUsd: inputUsd,
    outputUsd,
  };
}

/** A tier that costs a fixed share or multiple of another price, long prompts included. */
export function times(factor: number, { longPrompt, ...price }: TierPrice): TierPrice {
  const scaled = scale(price, factor, factor);
  return longPrompt === undefined
    ? scaled
    : { ...scaled, longPrompt: { ...scale(longPrompt, factor, factor), overTokens: longPrompt.overTokens } };
}

/** By OpenAI's rule for every model with a long-prompt price: input and cache cost twice as much, output 1.5 times. */
export function withLongPrompt(price: TokenPrice): TierPrice {
  return { ...price, longPrompt: { ...scale(price, 2, 1.5), overTokens: longTokens } };
}

/**
 * gpt-5.6 and later also charge for writing to the prompt cache, 1.25 times the input price. Flex costs half, and
 * priority (now called fast mode) twice the standard price at every length.
 */
export function cacheWriting(
  inputUsd: number,
  cachedInputUsd: number,
  cacheWriteInputUsd: number,
  outputUsd: number,
): TokenModelPrice {
  const standard = standardOnly(inputUsd, cachedInputUsd, cacheWriteInputUsd, outputUsd);
  return { ...standard, tiers: { flex: times(0.5, standard), priority: times(2, standard) } };
}

/** The same, for a model of which no other tier is known. */
export function standardOnly(
  inputUsd: number,
  cachedInputUsd: number,
  cacheWriteInputUsd: number,
  outputUsd: number,
): TierPrice {
  return withLongPrompt({ ...text(inputUsd, cachedInputUsd, outputUsd), cacheWriteInputUsd });
}

function scale(price: TokenPrice, input: number, output: number): TokenPrice {
  const { inputUsd, cachedInputUsd, cacheWriteInputUsd, imageInputUsd, outputUsd } = price;
  return {
    inputUsd: rounded(inputUsd * input),
    ...(cachedInputUsd !== undefined && { cachedInputUsd: rounded(cachedInputUsd * input) }),
    ...(cacheWriteInputUsd !== undefined && { cacheWriteInputUsd: rounded(cacheWriteInputUsd * input) }),
    ...(imageInputUsd !== undefined && { imageInputUsd: rounded(imageInputUsd * input) }),
    outputUsd: rounded(outputUsd * output),
  };
}

/** To the six decimals of a price: 1.2 * 1.5 is not 1.8 in binary. */
function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
