import type { ModelPrice, TokenModelPrice } from '../prices.ts';

/**
 * A model that makes images and nothing else: text in, cached text in, images in, images out. An image is what its
 * output tokens cost, whether or not the answer says what they were.
 */
function drawing(
  inputUsd: number,
  cachedInputUsd: number,
  imageInputUsd: number,
  imageOutputUsd: number,
): TokenModelPrice {
  return { inputUsd, cachedInputUsd, imageInputUsd, outputUsd: imageOutputUsd, imageOutputUsd };
}

/** These write text as well, at a price of its own. */
const writing = { ...drawing(5, 1.25, 8, 32), outputUsd: 10 };

/**
 * Models of images. LiteLLM 1.110.2, read on 2026-11-25; also OpenAI's own model pages (2026) for gpt-image-1 and mini.
 *
 * Left out: dall-e-2 and dall-e-3 (billed by the image), and prices of cached images (`Usage` does not say how much of
 * the cached input was images).
 */
export const images: Readonly<Record<string, ModelPrice>> = {
  'gpt-image-1': drawing(5, 1.25, 10, 40),
  'gpt-image-1-mini': drawing(2, 0.2, 2.5, 8),
  'gpt-image-1.5': writing,
  'chatgpt-image-latest': writing,
  'gpt-image-2': drawing(5, 1.25, 8, 30),
  'gpt-image-2.5-flare': drawing(5, 1.25, 8, 30),
  'gpt-image-2.5-sunburst': drawing(5, 1.25, 8, 30),
  'gpt-image-2.6-flare': drawing(5, 1.25, 8, 30),
  'gpt-image-2.6-sunburst': drawing(5, 1.25, 8, 30),
};
