import type { Attributes } from '@opentelemetry/api';
import {
  type Attempt,
  askedModelOf,
  type Call,
  type CallRequest,
  type Resource,
  type Throttle,
  type Usage,
} from '../call.ts';
import { outsideWord } from '../outside-word.ts';
import { attr, keptHeaders } from './semconv.ts';

/** What a sampler may decide on: known when the call starts. */
export function startAttributes(request: CallRequest): Attributes {
  const attributes: Attributes = {
    [attr.operationName]: request.operation,
    [attr.providerName]: request.provider,
    [attr.serverAddress]: request.serverAddress,
  };
  if (request.model !== undefined) attributes[attr.requestModel] = request.model;
  if (request.serverPort !== undefined) attributes[attr.serverPort] = request.serverPort;
  return attributes;
}

/** What the caller asked for, apart from content. */
export function requestAttributes(request: CallRequest): Attributes {
  const attributes: Attributes = {};
  if (request.streamed) attributes[attr.requestStream] = true;
  if (request.endpoint === 'chat') attributes[attr.openaiApiType] = 'chat_completions';
  if (request.endpoint === 'responses') attributes[attr.openaiApiType] = 'responses';
  if (request.conversationId !== undefined) attributes[attr.conversationId] = request.conversationId;
  if (request.outputType !== undefined) attributes[attr.outputType] = request.outputType;
  const { body } = request;
  if (!body || request.endpoint === 'other') return attributes;
  const maxTokens = body['max_completion_tokens'] ?? body['max_output_tokens'] ?? body['max_tokens'];
  setNumber(attributes, attr.requestMaxTokens, maxTokens);
  setNumber(attributes, attr.requestTemperature, body['temperature']);
  setNumber(attributes, attr.requestTopP, body['top_p']);
  setNumber(attributes, attr.requestFrequencyPenalty, body['frequency_penalty']);
  setNumber(attributes, attr.requestPresencePenalty, body['presence_penalty']);
  setNumber(attributes, attr.requestSeed, body['seed']);
  setNumber(attributes, attr.embeddingsDimensionCount, body['dimensions']);
  if (body['n'] !== 1) setNumber(attributes, attr.requestChoiceCount, body['n']);
  const stop = typeof body['stop'] === 'string' ? [body['stop']] : body['stop'];
  if (isStrings(stop)) attributes[attr.requestStopSequences] = stop;
  if (typeof body['encoding_format'] === 'string')
    attributes[attr.requestEncodingFormats] = [body['encoding_format']];
  const tier = body['service_tier'];
  if (typeof tier === 'string' && tier !== 'auto') attributes[attr.openaiRequestServiceTier] = tier;
  const conversation = body['conversation'];
  const conversationId =
    typeof conversation === 'string'
      ? conversation
      : (conversation as { id?: unknown } | null | undefined)?.id;
  if (typeof conversationId === 'string') attributes[attr.conversationId] = conversationId;
  const previous = body['previous_response_id'];
  if (typeof previous === 'string') attributes[attr.previousResponseId] = previous;
  if (body['background'] === true) attributes[attr.background] = true;
  const effort =
    body['reasoning_effort'] ?? (body['reasoning'] as { effort?: unknown } | null | undefined)?.effort;
  if (typeof effort === 'string') attributes[attr.reasoningEffort] = effort;
  const outputType = outputTypeOf(body);
  if (outputType !== undefined) attributes[attr.outputType] = outputType;
  return attributes;
}

/** What is known once the call has ended. */
export function endAttributes(call: Call): Attributes {
  const { response, usage } = call;
  const attributes: Attributes = { [attr.attempts]: call.attempts, [attr.usageSource]: usage.source };
  if (call.outcome !== undefined) attributes[attr.outcome] = call.outcome;
  if (call.errorType !== undefined) attributes[attr.errorType] = call.errorType;
  if (response.id !== undefined) attributes[attr.responseId] = response.id;
  if (response.model !== undefined) attributes[attr.responseModel] = response.model;
  if (response.finishReasons !== undefined)
    attributes[attr.responseFinishReasons] = [...response.finishReasons];
  if (response.serviceTier !== undefined) attributes[attr.openaiResponseServiceTier] = response.serviceTier;
  if (response.systemFingerprint !== undefined)
    attributes[attr.openaiResponseSystemFingerprint] = response.systemFingerprint;
  if (usage.inputTokens !== undefined) attributes[attr.usageInputTokens] = usage.inputTokens;
  if (usage.outputTokens !== undefined) attributes[attr.usageOutputTokens] = usage.outputTokens;
  if (usage.cachedInputTokens !== undefined)
    attributes[attr.usageCacheReadInputTokens] = usage.cachedInputTokens;
  if (usage.reasoningTokens !== undefined)
    attributes[attr.usageReasoningOutputTokens] = usage.reasoningTokens;
  setCounted(attributes, usage);
  if (response.resource) setResource(attributes, response.resource);
  if (call.costUsd !== undefined) attributes[attr.costUsd] = call.costUsd;
  setMoved(attributes, call);
  if (call.backoffMs > 0) attributes[attr.backoffMs] = call.backoffMs;
  if (call.priority !== undefined) attributes[attr.priority] = call.priority;
  if (call.throttleMs !== undefined && call.throttleMs > 0) attributes[attr.throttleMs] = call.throttleMs;
  if (call.firstChunkMs !== undefined) attributes[attr.responseTimeToFirstChunk] = call.firstChunkMs / 1000;
  if (call.request.streamed) attributes[attr.chunks] = call.chunks;
  return attributes;
}

/** Which model it was where the request alone does not say: the same on the span and the log record. */
export function setMoved(attributes: Record<string, unknown>, call: Call): void {
  const { sentModel, request } = call;
  const asked = askedModelOf(call);
  if (asked !== undefined && request.model === undefined) attributes[attr.requestModel] = asked;
  if (sentModel !== undefined) {
    attributes[attr.requestModel] = sentModel;
    if (request.model !== undefined) attributes[attr.downgradedFrom] = request.model;
  }
  const fallback = call.fallbacks?.at(-1);
  if (!fallback) return;
  attributes[attr.fallbackModel] = fallback.model;
  attributes[attr.fallbackReason] = fallback.reason;
}

/** Parts of the tokens that most calls have none of: said where there are some. */
function setCounted(attributes: Attributes, usage: Usage): void {
  setSome(attributes, attr.usageCacheCreationInputTokens, usage.cacheWriteInputTokens);
  setSome(attributes, attr.usageAudioInputTokens, usage.audioInputTokens);
  setSome(attributes, attr.usageImageInputTokens, usage.imageInputTokens);
  setSome(attributes, attr.usageAudioOutputTokens, usage.audioOutputTokens);
  setSome(attributes, attr.usageImageOutputTokens, usage.imageOutputTokens);
  setSome(attributes, attr.usageAudioSeconds, usage.audioSeconds);
}

function setSome(attributes: Attributes, name: string, count: number | undefined): void {
  if (count !== undefined && count > 0) attributes[name] = count;
}

function setResource(attributes: Attributes, resource: Resource): void {
  const { type, id, status, count, totalRequests, completedRequests, failedRequests } = resource;
  if (type !== undefined) attributes[attr.resourceType] = type;
  if (id !== undefined) attributes[attr.resourceId] = id;
  if (status !== undefined) attributes[attr.resourceStatus] = status;
  setNumber(attributes, attr.resourceCount, count);
  setNumber(attributes, attr.batchRequestsTotal, totalRequests);
  setNumber(attributes, attr.batchRequestsCompleted, completedRequests);
  setNumber(attributes, attr.batchRequestsFailed, failedRequests);
}

/** Known when an attempt starts. */
export function attemptStartAttributes(attempt: Attempt): Attributes {
  const { request } = attempt.call;
  const { fallback } = attempt;
  const { serverAddress, serverPort } = fallback ?? request;
  const attributes: Attributes = {
    [attr.httpRequestMethod]: request.method,
    [attr.urlTemplate]: request.route,
    [attr.serverAddress]: serverAddress,
  };
  if (serverPort !== undefined) attributes[attr.serverPort] = serverPort;
  if (fallback) attributes[attr.fallbackModel] = fallback.model;
  if (attempt.index > 0) attributes[attr.httpRequestResendCount] = attempt.index;
  return attributes;
}

/** Known when it has ended. */
export function attemptEndAttributes(attempt: Attempt): Attributes {
  const attributes: Attributes = { [attr.sent]: attempt.sent };
  if (attempt.status !== undefined) attributes[attr.httpResponseStatusCode] = attempt.status;
  if (attempt.errorType !== undefined) attributes[attr.errorType] = attempt.errorType;
  const { headers } = attempt;
  if (!headers) return attributes;
  const requestId = headers.get('x-request-id');
  if (requestId !== null) attributes[attr.requestId] = outsideWord(requestId);
  if (attempt.errorType === undefined) return attributes;
  for (const [name, attribute] of keptHeaderAttributes) {
    const value = headers.get(name);
    if (value !== null) attributes[attribute] = outsideWord(value);
  }
  return attributes;
}

const keptHeaderAttributes = keptHeaders.map(
  (name) => [name, `telltale.${name.replaceAll('-', '_')}`] as const,
);

/** Of a wait for limits, or of a refusal by one. */
export function throttleAttributes(throttle: Throttle): Attributes {
  const { limit, ahead, priority, tokens, refusal, startedMs, endedMs } = throttle;
  const attributes: Attributes = {
    [attr.priority]: priority,
    [attr.waitMs]: endedMs - startedMs,
    [attr.queueAhead]: ahead,
    [attr.reservedTokens]: tokens,
  };
  if (limit !== undefined) attributes[attr.limit] = limit;
  if (refusal !== undefined) attributes[attr.errorType] = refusal;
  return attributes;
}

function setNumber(attributes: Attributes, name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) attributes[name] = value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
}

/** `text` or `json`, only where the caller said it. */
function outputTypeOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const chat = body['response_format'] as { type?: unknown } | null | undefined;
  const responses = (body['text'] as { format?: { type?: unknown } } | null | undefined)?.format;
  const type = chat?.type ?? responses?.type;
  if (type === 'json_object' || type === 'json_schema') return 'json';
  return type === 'text' ? 'text' : undefined;
}
