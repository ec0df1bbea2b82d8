import { cacheSavedUsdOf } from '../account/cache-saving.ts';
import { costUsdOf } from '../account/cost.ts';
import { estimateInputTokens, estimateOutputTokens } from '../account/estimate.ts';
import type { PriceBook } from '../account/price-book.ts';
import { type Call, type CallRequest, sentModelOf, type Usage } from '../call.ts';
import type { Answer } from '../send/answer.ts';
import { asksOfResponse, type BackgroundJob, type BackgroundJobs } from './background-jobs.ts';
import { asksOfBatch, type BatchBook, makesBatch } from './batch-book.ts';
import { settleBatch } from './settle-batch.ts';

/** What the money of a call needs to know of the client. */
export interface MoneyParts {
  readonly prices: PriceBook;
  readonly jobs: BackgroundJobs;
  readonly batches: BatchBook;
}

/**
 * Puts what the answer said, its tokens and its price on the call, at the call's end.
 *
 * What a Response in the background used is booked once, by the first call that brings it: the one that began it, or one
 * that asks of it later. The others of these calls have unknown usage, and `call.job` says why. A batch likewise.
 *
 * @returns the background job whose cost is not this call's, or not yet, where this call began it
 */
export function settleMoney(
  call: Call,
  answer: Answer,
  status: number | undefined,
  { prices, jobs, batches }: MoneyParts,
): BackgroundJob | undefined {
  call.response = answer.response;
  if (asksOfResponse(call.request)) {
    settleAsked(call, answer, prices, jobs);
    return undefined;
  }
  if (asksOfBatch(call.request) || (makesBatch(call.request) && answer.response.resource)) {
    settleBatch(call, answer, prices, batches);
    return undefined;
  }
  const job = jobs.begun(call, answer);
  if (job) {
    if (job.isBooked || !isOver(answer)) {
      call.usage = { source: 'unknown' };
      call.job = { part: 'begins' };
      return job;
    }
    // The answer is whole, and this call is settled like any other.
    jobs.book(job);
  }
  call.usage = answer.usage ? withOutputKind(answer.usage, call.request) : estimate(call, answer, status);
  price(call, prices, sentModelOf(call), call.request.body);
  return undefined;
}

/** Of a Response that exists already. Unless it was begun in the background here, whoever made it has counted its tokens. */
function settleAsked(call: Call, answer: Answer, prices: PriceBook, jobs: BackgroundJobs): void {
  call.usage = { source: 'unknown' };
  const job = isOver(answer) ? jobs.find(answer.response.id) : undefined;
  if (!job) return;
  if (!answer.usage) {
    // It keeps its place: another answer may still say.
    if (!job.isOver) call.job = { part: 'ends' };
    job.isOver = true;
    job.bill(undefined);
    return;
  }
  jobs.book(job);
  call.usage = answer.usage;
  call.job = { part: 'books', ...(job.model !== undefined && { model: job.model }) };
  price(call, prices, job.model, job.body);
  job.bill({ usage: call.usage, response: call.response });
}

/** A Response has a reason to have finished only once it will not change any more. */
function isOver({ response }: Answer): boolean {
  return response.finishReasons !== undefined;
}

function price(call: Call, prices: PriceBook, model: string | undefined, body: CallRequest['body']): void {
  const { response } = call;
  const found = prices.priceOf(model, response.model, response.serviceTier);
  const costUsd = costUsdOf(call.usage, found, body);
  if (costUsd !== undefined) call.costUsd = costUsd;
  const cacheSavedUsd = cacheSavedUsdOf(call.usage, costUsd, found, body);
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
