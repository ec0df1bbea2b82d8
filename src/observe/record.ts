import type { Attributes } from '@opentelemetry/api';
import {
  type Attempt,
  askedModelOf,
  type Backoff,
  type Call,
  type Outcome,
  type Refusal,
  sentModelOf,
  type Throttle,
} from '../call.ts';
import { AttributeCache, sorted } from './attribute-cache.ts';
import type { Instruments } from './instruments.ts';
import type { MetricTags } from './metric-tags.ts';
import { attr } from './semconv.ts';

/** Outcomes in which what was paid for is of no use. */
const wasted: readonly (Outcome | undefined)[] = ['error', 'cancelled', 'truncated', 'empty'];

/**
 * The attributes that every metric of a call carries, and those of its token types. Made once for each combination of
 * endpoint, models and error, which are few.
 */
interface AttributeSet {
  readonly base: Attributes;
  readonly input: Attributes;
  readonly cached: Attributes;
  readonly output: Attributes;
  readonly reasoning: Attributes;
  readonly cost: Attributes;
}

/** Past this many combinations the cache starts anew: models are user input in some applications. */
const mostSets = 500;
const sets = new Map<string, AttributeSet>();

/** What the last set was made of: most calls are like the one before, and comparing is cheaper than making a key. */
interface Last {
  readonly operation: string;
  readonly endpoint: string;
  readonly provider: string;
  readonly model: string | undefined;
  readonly answered: string | undefined;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  readonly outcome: Outcome | undefined;
  readonly errorType: string | undefined;
  readonly tags: MetricTags | undefined;
  readonly set: AttributeSet;
}
let last: Last | undefined;

function attributeSet(call: Call, tags: MetricTags | undefined): AttributeSet {
  if (last && last.tags === tags && isLike(last, call)) return last.set;
  const { operation, endpoint, provider, serverAddress, serverPort } = call.request;
  const model = askedModelOf(call);
  const { outcome, errorType } = call;
  const answered = call.response.model;
  const set = makeAttributeSet(call, tags);
  last = {
    operation,
    endpoint,
    provider,
    model,
    answered,
    serverAddress,
    serverPort,
    outcome,
    errorType,
    tags,
    set,
  };
  return set;
}

function isLike(one: Last, call: Call): boolean {
  const { request, response, outcome, errorType } = call;
  return (
    one.answered === response.model &&
    one.model === askedModelOf(call) &&
    one.operation === request.operation &&
    one.endpoint === request.endpoint &&
    one.provider === request.provider &&
    one.serverAddress === request.serverAddress &&
    one.serverPort === request.serverPort &&
    one.outcome === outcome &&
    one.errorType === errorType
  );
}

function makeAttributeSet(call: Call, tags: MetricTags | undefined): AttributeSet {
  const { request, response } = call;
  const model = askedModelOf(call);
  // Names of models may hold whatever stands between the parts.
  const key = JSON.stringify([
    request.operation,
    request.endpoint,
    request.provider,
    model,
    response.model,
    request.serverAddress,
    request.serverPort,
    call.outcome,
    call.errorType,
    tags?.key,
  ]);
  const known = sets.get(key);
  if (known) return known;
  const base = sorted({
    [attr.operationName]: request.operation,
    [attr.providerName]: request.provider,
    [attr.serverAddress]: request.serverAddress,
    [attr.serverPort]: request.serverPort,
    [attr.requestModel]: model,
    [attr.responseModel]: response.model,
    [attr.outcome]: call.outcome,
    [attr.errorType]: call.errorType,
    ...tags?.attributes,
  });
  const made: AttributeSet = {
    base,
    input: sorted({ ...base, [attr.tokenType]: 'input' }),
    cached: sorted({ ...base, [attr.tokenType]: 'cached' }),
    output: sorted({ ...base, [attr.tokenType]: 'output' }),
    reasoning: sorted({ ...base, [attr.tokenType]: 'reasoning' }),
    cost: sorted({ ...base, [attr.wasted]: wasted.includes(call.outcome) }),
  };
  if (sets.size >= mostSets) sets.clear();
  sets.set(key, made);
  return made;
}

/** Records an ended call. A count that is unknown is not recorded, rather than recorded as 0. */
export function recordCall(instruments: Instruments, call: Call, tags?: MetricTags): void {
  const set = attributeSet(call, tags);
  const { usage } = call;
  instruments.operationDuration.record(((call.endedMs ?? call.startedMs) - call.startedMs) / 1000, set.base);
  if (call.firstChunkMs !== undefined)
    instruments.timeToFirstChunk.record(call.firstChunkMs / 1000, set.base);
  // What a batch used is no measure of what a call uses.
  const isOneCall = call.job?.isBatch === undefined;
  if (usage.inputTokens !== undefined) {
    if (isOneCall) instruments.tokenUsage.record(usage.inputTokens, set.input);
    instruments.tokens.add(usage.inputTokens, set.input);
  }
  if (usage.outputTokens !== undefined) {
    if (isOneCall) instruments.tokenUsage.record(usage.outputTokens, set.output);
    instruments.tokens.add(usage.outputTokens, set.output);
  }
  if (usage.cachedInputTokens !== undefined) instruments.tokens.add(usage.cachedInputTokens, set.cached);
  if (usage.reasoningTokens !== undefined) instruments.tokens.add(usage.reasoningTokens, set.reasoning);
  addSome(instruments, set.base, 'cache_write', usage.cacheWriteInputTokens);
  addSome(instruments, set.base, 'audio_input', usage.audioInputTokens);
  addSome(instruments, set.base, 'image_input', usage.imageInputTokens);
  addSome(instruments, set.base, 'audio_output', usage.audioOutputTokens);
  addSome(instruments, set.base, 'image_output', usage.imageOutputTokens);
  if (call.costUsd !== undefined) instruments.cost.add(call.costUsd, set.cost);
}

/** Parts of the tokens that most calls have none of. */
function addSome(instruments: Instruments, base: Attributes, type: string, count: number | undefined): void {
  if (count !== undefined && count > 0) instruments.tokens.add(count, { ...base, [attr.tokenType]: type });
}

const attempts = new AttributeCache(([operation, model, status, errorType]) => ({
  [attr.operationName]: operation,
  [attr.requestModel]: model,
  [attr.httpResponseStatusCode]: status,
  [attr.errorType]: errorType,
}));

const retries = new AttributeCache(([operation, model, reason]) => ({
  [attr.operationName]: operation,
  [attr.requestModel]: model,
  [attr.reason]: reason,
}));

/** Records an ended attempt; every one after the first is a retry, for the reason the one before it ended. */
export function recordAttempt(instruments: Instruments, attempt: Attempt, before: string | undefined): void {
  const { operation } = attempt.call.request;
  // What the call goes to after this one is not decided yet.
  const model = sentModelOf(attempt.call);
  instruments.attempts.add(1, attempts.get(operation, model, attempt.status, attempt.errorType));
  if (attempt.index > 0) instruments.retries.add(1, retries.get(operation, model, before ?? '_OTHER'));
}

const throttles = new AttributeCache(([operation, model, priority]) => ({
  [attr.operationName]: operation,
  [attr.requestModel]: model,
  [attr.priority]: priority,
}));

/** Records what a limiter said: how long it held an attempt, or why it refused it. An abort is the caller's own. */
export function recordThrottle(instruments: Instruments, throttle: Throttle): void {
  const { call, startedMs, endedMs, priority, limit, refusal } = throttle;
  const { operation, model } = call.request;
  const attributes = throttles.get(operation, model, priority);
  instruments.throttleWait.record((endedMs - startedMs) / 1000, attributes);
  if (refusal === undefined || refusal === 'aborted') return;
  instruments.refusals.add(1, {
    ...attributes,
    [attr.reason]: refusal,
    ...(limit !== undefined && { [attr.limit]: limit }),
  });
}

const backoffs = new AttributeCache(([operation, model, rule]) => ({
  [attr.operationName]: operation,
  [attr.requestModel]: model,
  [attr.waitRule]: rule,
}));

/** Records a wait between two attempts. */
export function recordBackoff(instruments: Instruments, { call, rule }: Backoff, waitMs: number): void {
  const { operation, model } = call.request;
  instruments.backoffWait.record(waitMs / 1000, backoffs.get(operation, model, rule));
}

const chunks = new AttributeCache(([operation, provider, model]) => ({
  [attr.operationName]: operation,
  [attr.providerName]: provider,
  [attr.requestModel]: model,
}));

/** Few, because they are hashed for every chunk of a stream. */
export function chunkAttributes({ request }: Call): Attributes {
  return chunks.get(request.operation, request.provider, request.model);
}

/** Records what something other than a limit did not let go. */
export function recordRefusal(instruments: Instruments, { call, reason, budget }: Refusal): void {
  const { operation, model } = call.request;
  instruments.refusals.add(1, {
    [attr.operationName]: operation,
    ...(model !== undefined && { [attr.requestModel]: model }),
    [attr.reason]: reason,
    ...(budget !== undefined && { [attr.budget]: budget }),
  });
}
