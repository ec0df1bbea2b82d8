import { estimateInputTokens, estimateOutputTokens } from '../account/estimate.ts';
import { costOf, findPrice, type ModelPrice } from '../account/prices.ts';
import type { Call, Usage } from '../call.ts';
import type { Answer } from '../send/answer.ts';

/** Puts what the answer said, its tokens and its price on the call, at the call's end. */
export function settleMoney(
  call: Call,
  answer: Answer,
  status: number | undefined,
  prices: Readonly<Record<string, ModelPrice>> | undefined,
): void {
  call.response = answer.response;
  call.usage = answer.usage ?? estimate(call, answer, status);
  const { model: answered, serviceTier } = answer.response;
  const asked = call.request.model;
  // The user's own price for what was asked (an Azure deployment, say) goes before the table's for what answered.
  const name = asked !== undefined && prices && Object.hasOwn(prices, asked) ? asked : (answered ?? asked);
  const price = name === undefined ? undefined : findPrice(name, prices, serviceTier);
  const costUsd = costOf(call.usage, price);
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
