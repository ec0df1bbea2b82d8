import type { Usage } from '../call.ts';
import { picoUsdToUsd } from './money.ts';
import type { CallPrice, TokenPrice } from './prices.ts';

type RequestBody = Readonly<Record<string, unknown>>;

/**
 * What a call cost, in USD. Undefined when its price, or a count that the price needs, is unknown. Equal tokens at an
 * equal price cost exactly the same.
 *
 * @param body the request's, which tells for how long the prompt cache was to keep what it wrote
 */
export function costUsdOf(
  usage: Usage,
  price: CallPrice | undefined,
  body?: RequestBody,
): number | undefined {
  const picoUsd = costPicoUsd(usage, price, body);
  return picoUsd === undefined ? undefined : picoUsdToUsd(picoUsd);
}

/**
 * The same in whole pico-dollars (1e-12 USD). A price has at most six decimals per million tokens, so one token costs
 * a whole number of them and the result is exact as long as it is a safe integer: up to 9,007 USD a call. A second of
 * audio may cost a fraction: there the result is rounded to the nearest pico-dollar.
 */
export function costPicoUsd(
  usage: Usage,
  price: CallPrice | undefined,
  body?: RequestBody,
): number | undefined {
  if (price === undefined || usage.source === 'unknown') return undefined;
  if (price.audioMinuteUsd !== undefined) return audioPicoUsd(usage.audioSeconds, price.audioMinuteUsd);
  const { inputTokens = 0 } = usage;
  const { longPrompt, upToTokens } = price;
  if (upToTokens !== undefined && inputTokens > upToTokens) return undefined;
  const rate = longPrompt && inputTokens > longPrompt.overTokens ? longPrompt : price;
  const input = inputPicoUsd(usage, rate, body);
  const output = input === undefined ? undefined : outputPicoUsd(usage, rate);
  return input === undefined || output === undefined ? undefined : input + output;
}

/** 1e12 pico-dollars over 60 seconds is 50,000 over 3 for each millionth of a dollar, all of them whole numbers. */
function audioPicoUsd(seconds: number | undefined, usdPerMinute: number): number | undefined {
  if (seconds === undefined) return undefined;
  return Math.round((seconds * Math.round(usdPerMinute * 1e6) * 50_000) / 3);
}

function inputPicoUsd(usage: Usage, rate: TokenPrice, body: RequestBody | undefined): number | undefined {
  const {
    inputTokens,
    cachedInputTokens = 0,
    cacheWriteInputTokens,
    audioInputTokens,
    imageInputTokens,
  } = usage;
  const { inputUsd, cachedInputUsd = inputUsd, cacheWriteInputUsd = inputUsd } = rate;
  const { audioInputUsd, imageInputUsd } = rate;
  if (inputTokens === undefined) {
    return isFree(inputUsd, audioInputUsd, imageInputUsd, audioInputTokens, imageInputTokens) ? 0 : undefined;
  }
  const media = (audioInputTokens ?? 0) + (imageInputTokens ?? 0);
  if (media > inputTokens || cachedInputTokens + (cacheWriteInputTokens ?? 0) > inputTokens) return undefined;
  const audio = chargedApart(audioInputTokens, audioInputUsd, inputTokens, inputUsd);
  const image = chargedApart(imageInputTokens, imageInputUsd, inputTokens, inputUsd);
  if (audio === undefined || image === undefined) return undefined;
  const cached = cachedInputUsd === inputUsd ? 0 : cachedInputTokens;
  let written = 0;
  if (cacheWriteInputUsd !== inputUsd) {
    // An estimate knows of no cache, and does without. A provider that writes for money must say how much.
    if (cacheWriteInputTokens === undefined && usage.source === 'provider' && inputTokens > 0)
      return undefined;
    written = cacheWriteInputTokens ?? 0;
    if (written > 0 && isKeptLonger(body)) return undefined;
  }
  // Nobody says how much of the sound and the pictures was in the cache.
  if (audio + image > 0 && cached + written > 0) return undefined;
  const text = inputTokens - audio - image - cached - written;
  return (
    text * picoUsdPerToken(inputUsd) +
    cached * picoUsdPerToken(cachedInputUsd) +
    written * picoUsdPerToken(cacheWriteInputUsd) +
    audio * picoUsdPerToken(audioInputUsd ?? 0) +
    image * picoUsdPerToken(imageInputUsd ?? 0)
  );
}

function outputPicoUsd(usage: Usage, rate: TokenPrice): number | undefined {
  const { outputTokens, audioOutputTokens, imageOutputTokens } = usage;
  const { outputUsd, audioOutputUsd, imageOutputUsd } = rate;
  if (outputTokens === undefined) {
    return isFree(outputUsd, audioOutputUsd, imageOutputUsd, audioOutputTokens, imageOutputTokens)
      ? 0
      : undefined;
  }
  if ((audioOutputTokens ?? 0) + (imageOutputTokens ?? 0) > outputTokens) return undefined;
  const audio = chargedApart(audioOutputTokens, audioOutputUsd, outputTokens, outputUsd);
  const image = chargedApart(imageOutputTokens, imageOutputUsd, outputTokens, outputUsd);
  if (audio === undefined || image === undefined) return undefined;
  return (
    (outputTokens - audio - image) * picoUsdPerToken(outputUsd) +
    audio * picoUsdPerToken(audioOutputUsd ?? 0) +
    image * picoUsdPerToken(imageOutputUsd ?? 0)
  );
}

/** Whether a total that nobody counted costs nothing anyway. Embeddings have no output. */
function isFree(
  textUsd: number,
  audioUsd = 0,
  imageUsd = 0,
  audioTokens: number | undefined = 0,
  imageTokens: number | undefined = 0,
): boolean {
  return textUsd + audioUsd + imageUsd + audioTokens + imageTokens === 0;
}

/**
 * How many of the tokens are charged at a price of their own. Undefined when there are some without a price, or when
 * there is a price and nobody says how many they were.
 */
function chargedApart(
  tokens: number | undefined,
  usd: number | undefined,
  allTokens: number,
  textUsd: number,
): number | undefined {
  if (usd === undefined) return (tokens ?? 0) > 0 ? undefined : 0;
  if (usd === textUsd || allTokens === 0) return 0;
  return tokens;
}

/** A prompt cache that is asked to keep what it writes for longer than half an hour charges more than `Usage` tells. */
function isKeptLonger(body: RequestBody | undefined): boolean {
  try {
    const { ttl } = (body?.['prompt_cache_options'] ?? {}) as { ttl?: unknown };
    return ttl !== undefined && ttl !== null && ttl !== '30m';
  } catch {
    // A getter or a proxy in the body threw: nobody knows, so it counts as longer.
    return true;
  }
}

/** 1 USD per million tokens is 1e-6 USD, or 1e6 pico-dollars, per token. */
function picoUsdPerToken(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e6);
}
