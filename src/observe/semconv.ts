/**
 * Every name that Telltale gives to telemetry. The `gen_ai.*` names are those of OpenTelemetry's GenAI conventions as
 * published on npm (the 1.41 texts, `@opentelemetry/semantic-conventions` 1.45.0); their status is Development and a
 * newer generation is being renamed, which is why they stand in one place. Own names start with `telltale.`.
 */
export const attr = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestSeed: 'gen_ai.request.seed',
  requestChoiceCount: 'gen_ai.request.choice.count',
  requestStopSequences: 'gen_ai.request.stop_sequences',
  requestEncodingFormats: 'gen_ai.request.encoding_formats',
  embeddingsDimensionCount: 'gen_ai.embeddings.dimension.count',
  outputType: 'gen_ai.output.type',
  conversationId: 'gen_ai.conversation.id',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  usageInputTokens: 'gen_ai.usage.input_tokens',
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageReasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  usageCacheCreationInputTokens: 'gen_ai.usage.cache_creation.input_tokens',
  usageAudioInputTokens: 'telltale.usage.audio.input_tokens',
  usageImageInputTokens: 'telltale.usage.image.input_tokens',
  usageAudioOutputTokens: 'telltale.usage.audio.output_tokens',
  usageImageOutputTokens: 'telltale.usage.image.output_tokens',
  usageAudioSeconds: 'telltale.usage.audio.seconds',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  systemInstructions: 'gen_ai.system_instructions',
  toolDefinitions: 'gen_ai.tool.definitions',
  tokenType: 'gen_ai.token.type',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCallId: 'gen_ai.tool.call.id',
  toolCallArguments: 'gen_ai.tool.call.arguments',
  toolCallResult: 'gen_ai.tool.call.result',
  openaiApiType: 'openai.api.type',
  openaiRequestServiceTier: 'openai.request.service_tier',
  openaiResponseServiceTier: 'openai.response.service_tier',
  openaiResponseSystemFingerprint: 'openai.response.system_fingerprint',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  errorType: 'error.type',
  exceptionType: 'exception.type',
  exceptionMessage: 'exception.message',
  httpRequestMethod: 'http.request.method',
  httpRequestResendCount: 'http.request.resend_count',
  httpResponseStatusCode: 'http.response.status_code',
  urlTemplate: 'url.template',
  outcome: 'telltale.outcome',
  previousResponseId: 'telltale.request.previous_response_id',
  background: 'telltale.request.background',
  reasoningEffort: 'telltale.request.reasoning_effort',
  resourceType: 'telltale.resource.type',
  resourceId: 'telltale.resource.id',
  resourceStatus: 'telltale.resource.status',
  resourceCount: 'telltale.resource.count',
  batchRequestsTotal: 'telltale.batch.requests.total',
  batchRequestsCompleted: 'telltale.batch.requests.completed',
  batchRequestsFailed: 'telltale.batch.requests.failed',
  attempts: 'telltale.attempts',
  costUsd: 'telltale.cost.usd',
  usageSource: 'telltale.usage.source',
  backoffMs: 'telltale.backoff.ms',
  durationMs: 'telltale.duration.ms',
  errorMessage: 'telltale.error.message',
  hint: 'telltale.hint',
  chunks: 'telltale.chunks',
  contentMode: 'telltale.content.mode',
  contentCutBytes: 'telltale.content.cut.bytes',
  sent: 'telltale.sent',
  requestId: 'telltale.request_id',
  waitMs: 'telltale.wait.ms',
  waitReason: 'telltale.wait.reason',
  waitRule: 'telltale.wait.rule',
  wasted: 'telltale.wasted',
  reason: 'telltale.reason',
} as const;

/** Events on spans. */
export const spanEvent = { exception: 'exception' } as const;

export const metric = {
  operationDuration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  timePerOutputChunk: 'gen_ai.client.operation.time_per_output_chunk',
  tokenUsage: 'gen_ai.client.token.usage',
  tokens: 'telltale.tokens',
  cost: 'telltale.cost',
  attempts: 'telltale.attempts',
  retries: 'telltale.retries',
  backoffWait: 'telltale.backoff.wait',
  inflight: 'telltale.inflight',
} as const;

/** The name of the log record that each call ends with. */
export const callEvent = 'telltale.call';

/** The conventions' own bucket boundaries. */
export const secondsBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
export const tokenBuckets = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];

/** Headers of an answer that turned an attempt down, worth keeping on it, each as `telltale.` + its name with underscores. */
export const keptHeaders = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
] as const;
