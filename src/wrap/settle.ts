import { costOf } from '../account/cost.ts';
import { estimateInputTokens, estimateOutputTokens } from '../account/estimate.ts';
import type { PriceBook } from '../account/price-book.ts';
import type { Call, Usage } from '../call.ts';
import type { Answer } from '../send/answer.ts';

/** Puts what the answer said, its tokens and its price on the call, at the call's end. */
export function settleMoney(call: Call, answer: Answer, status: number | undefined, prices: PriceBook): void {
  call.response = answer.response;
  call.usage = answer.usage ?? estimate(call, answer, status);
  const { model, serviceTier } = answer.response;
  const price = prices.priceOf(call.request.model, model, serviceTier);
  const costUsd = costOf(call.usage, price, call.request.body);
  if (costUsd !== undefined) call.costUsd = costUsd;
}

/**
 * A stream that began has cost something, though nobody says what: a chat whose caller did not ask for usage, or any
 * stream that was cut or left before its usage came. For everything else nothing is known.
 */
function estimate(call: Call, answer: Answer, status: number | undefined): Usage {
  const { request } = call;
  const began = status !== undefined && status >= 200 && status < 300;
  if (!began || !request.streamed || request.endpoint === 'other') return { source: 'unknown' };
  return {
    source: 'estimated',
    inputTokens: estimateInputTokens(request.body),
    outputTokens: estimateOutputTokens(answer.characters, call.chunks),
  };
}
