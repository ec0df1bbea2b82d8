import { cacheSavedUsdOf } from '../account/cache-saving.ts';
import { costOf } from '../account/cost.ts';
import { estimateInputTokens, estimateOutputTokens } from '../account/estimate.ts';
import type { PriceBook } from '../account/price-book.ts';
import { type Call, type CallRequest, sentModelOf, type Usage } from '../call.ts';
import type { Answer } from '../send/answer.ts';

/** Puts what the answer said, its tokens and its price on the call, at the call's end. */
export function settleMoney(call: Call, answer: Answer, status: number | undefined, prices: PriceBook): void {
  call.response = answer.response;
  call.usage = answer.usage ? withOutputKind(answer.usage, call.request) : estimate(call, answer, status);
  const { model, serviceTier } = answer.response;
  const price = prices.priceOf(sentModelOf(call), model, serviceTier);
  const costUsd = costOf(call.usage, price, call.request.body);
  if (costUsd !== undefined) call.costUsd = costUsd;
  const cacheSavedUsd = cacheSavedUsdOf(call.usage, costUsd, price, call.request.body);
  if (cacheSavedUsd !== undefined) call.cacheSavedUsd = cacheSavedUsd;
}

/** Where an endpoint makes pictures or sound and nothing else, that is what its output tokens are. */
function withOutputKind(usage: Usage, { outputType }: CallRequest): Usage {
  const { outputTokens } = usage;
  if (outputType === undefined || outputType === 'text' || outputTokens === undefined) return usage;
  const { imageOutputTokens, audioOutputTokens } = usage;
  if (outputType === 'image') return { ...usage, imageOutputTokens: imageOutputTokens ?? outputTokens };
  return { ...usage, audioOutputTokens: audioOutputTokens ?? outputTokens };
}

/** Only of text is the length of the answer a measure of its tokens. */
function writesText({ endpoint }: CallRequest): boolean {
  return endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions';
}

/**
 * A stream that began has cost something, though nobody says what: a chat whose caller did not ask for usage, or any
 * stream that was cut or left before its usage came. For everything else nothing is known.
 */
function estimate(call: Call, answer: Answer, status: number | undefined): Usage {
  const { request } = call;
  const began = status !== undefined && status >= 200 && status < 300;
  if (!began || !request.streamed || !writesText(request)) return { source: 'unknown' };
  return {
    source: 'estimated',
    inputTokens: estimateInputTokens(request.body),
    outputTokens: estimateOutputTokens(answer.characters, call.chunks),
  };
}
