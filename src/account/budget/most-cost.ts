import type { CallRequest } from '../../call.ts';
import { asCount, asText } from '../../json.ts';
import { measurePrompt } from '../../prompt-size.ts';
import type { PriceBook } from '../price-book.ts';
import type { CallPrice, TierPrice, TokenPrice } from '../prices.ts';

/** What a call may use at most, before it is sent. */
export interface MostTokens {
  readonly inputTokens: number;
  /** Undefined where the call names no maximum. */
  readonly outputTokens: number | undefined;
  /** Answers that are made of it. */
  readonly choices: number;
}

export type CountTokens = (text: string, model: string) => number;

/** Of chat, of Responses, and of completions and older chats. */
const maxima = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'];

/** More than any model takes or gives. */
const mostTokens = 1e9;
/** The largest picture at high quality, by OpenAI's guide to image generation. */
const tokensPerImage = 6_240;
/** Of a recording nobody knows the length before the provider says it. */
const assumedAudioMinutes = 10;

/**
 * An upper estimate: text as one token for every two characters of ASCII and two for each other, which only dense
 * punctuation and rare scripts pass. What cannot be seen (a prompt or a conversation that the provider keeps) is not in it, and
 * pictures, sounds and files are as `measurePrompt` takes them.
 *
 * @param countTokens an exact tokenizer; where it throws, or gives no number, the estimate is used
 */
export function mostTokensOf(
  request: Pick<CallRequest, 'body' | 'model'>,
  countTokens?: CountTokens,
  report?: (where: string, fault: unknown) => void,
): MostTokens {
  const { body, model = '' } = request;
  const texts: string[] = [];
  let byText = 0;
  const { tokens } = measurePrompt(body, (text) => {
    byText += mostTokensOfText(text);
    if (countTokens) texts.push(text);
  });
  let exact: number | undefined;
  try {
    exact = asCount(countTokens && Math.ceil(countTokens(texts.join('\n'), model)));
    if (countTokens && exact === undefined) throw new TypeError('it gave no number of tokens');
  } catch (fault) {
    report?.('`countTokens`', fault);
  }
  let outputTokens: number | undefined;
  let choices = 1;
  try {
    for (const name of maxima) {
      const value = asCount(body?.[name]);
      if (value !== undefined) outputTokens = Math.max(outputTokens ?? 0, value);
    }
    for (const name of ['n', 'best_of']) choices = Math.max(choices, asCount(body?.[name]) ?? 1);
  } catch {
    // A getter in the body threw: as if it named no maximum.
    outputTokens = undefined;
  }
  return {
    inputTokens: Math.min(tokens + (exact ?? byText), mostTokens),
    outputTokens: outputTokens === undefined ? undefined : Math.min(outputTokens, mostTokens),
    choices: Math.min(choices, 10_000),
  };
}

function mostTokensOfText(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) others++;
  return Math.ceil((text.length - others) / 2) + 2 * others;
}

/**
 * The most that a call may cost, in pico-dollars. Undefined where the model, or the tier that is asked for, has no price.
 * A tier that the provider chooses by itself (`auto`) is taken for the standard one.
 *
 * @param assumedOutputTokens of a call that names no maximum
 */
export function mostCostPico(
  request: CallRequest,
  model: string | undefined,
  tokens: MostTokens,
  prices: PriceBook,
  assumedOutputTokens: number,
): bigint | undefined {
  const standard = prices.priceOf(model, undefined, undefined);
  const tier = tierOf(request);
  if (tier === undefined) return standard && costPico(request, tokens, standard, assumedOutputTokens);
  const asked = prices.priceOf(model, undefined, tier);
  if (!asked) return undefined;
  const inTier = costPico(request, tokens, asked, assumedOutputTokens);
  // What the tier has no room for may be served as standard.
  const asStandard = standard ? costPico(request, tokens, standard, assumedOutputTokens) : 0n;
  return inTier > asStandard ? inTier : asStandard;
}

function tierOf({ body }: CallRequest): string | undefined {
  try {
    const tier = asText(body?.['service_tier']);
    return tier === 'auto' || tier === 'default' ? undefined : tier;
  } catch {
    return undefined;
  }
}

function costPico(
  { endpoint }: CallRequest,
  { inputTokens, outputTokens, choices }: MostTokens,
  price: CallPrice,
  assumedOutputTokens: number,
): bigint {
  if (price.audioMinuteUsd !== undefined)
    return BigInt(assumedAudioMinutes) * picoPerToken(price.audioMinuteUsd) * 1_000_000n;
  const assumed = endpoint === 'images' ? Math.max(tokensPerImage, assumedOutputTokens) : assumedOutputTokens;
  const each = endpoint === 'embeddings' ? 0 : (outputTokens ?? assumed);
  return dearestPico(price, inputTokens, each * choices);
}

/** Each token at the dearest price that any of its kind has, in pico-dollars. */
export function dearestPico(price: TierPrice, inputTokens: number, outputTokens: number): bigint {
  const { longPrompt } = price;
  const rates: TokenPrice[] = [price];
  if (longPrompt && inputTokens > longPrompt.overTokens) rates.push(longPrompt);
  const dearest = (of: (rate: TokenPrice) => readonly (number | undefined)[]): bigint =>
    picoPerToken(Math.max(...rates.flatMap(of).map((usd) => usd ?? 0)));
  const input = dearest((rate) => [
    rate.inputUsd,
    rate.cachedInputUsd,
    rate.cacheWriteInputUsd,
    rate.audioInputUsd,
    rate.imageInputUsd,
  ]);
  const output = dearest((rate) => [rate.outputUsd, rate.audioOutputUsd, rate.imageOutputUsd]);
  return BigInt(inputTokens) * input + BigInt(outputTokens) * output;
}

/** 1 USD per million tokens is 1e6 pico-dollars per token. Prices have at most six decimals. */
function picoPerToken(usdPerMillion: number): bigint {
  return BigInt(Math.round(usdPerMillion * 1e6));
}
