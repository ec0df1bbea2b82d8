/**
 * The names of the telemetry contract that the load test reads. They are written down here a second time on purpose:
 * the books are kept by code that shares nothing, so a name that changes in the product turns the run red.
 */
export const scopeName = 'telltale';

export const attr = {
  operation: 'gen_ai.operation.name',
  requestModel: 'gen_ai.request.model',
  responseId: 'gen_ai.response.id',
  tokenType: 'gen_ai.token.type',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  outcome: 'telltale.outcome',
  attempts: 'telltale.attempts',
  costUsd: 'telltale.cost.usd',
  usageSource: 'telltale.usage.source',
  backoffMs: 'telltale.backoff.ms',
  throttleMs: 'telltale.throttle.ms',
  requestId: 'telltale.request_id',
  waitRule: 'telltale.wait.rule',
  wasted: 'telltale.wasted',
  fallbackModel: 'telltale.fallback.model',
  priority: 'telltale.priority',
  waitMs: 'telltale.wait.ms',
  errorType: 'error.type',
  status: 'http.response.status_code',
  method: 'http.request.method',
} as const;

export const metric = {
  duration: 'gen_ai.client.operation.duration',
  tokenUsage: 'gen_ai.client.token.usage',
  tokens: 'telltale.tokens',
  cost: 'telltale.cost',
  attempts: 'telltale.attempts',
  retries: 'telltale.retries',
  backoff: 'telltale.backoff.wait',
  throttle: 'telltale.throttle.wait',
  budgetSpent: 'telltale.budget.spent',
} as const;
