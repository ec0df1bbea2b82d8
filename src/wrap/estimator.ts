import { estimateInputTokens } from '../account/estimate.ts';
import type { CallRequest } from '../call.ts';
import type { EstimateTokens } from './admission.ts';

/** Reserved for an answer of which the request does not say how long it may be. */
const usualOutputTokens = 1_024;

export function estimatorOf(reserve: 'max' | 'sum'): EstimateTokens {
  return (request) => {
    const input = estimateInputTokens(request.body);
    const output = mostOutputTokens(request);
    return Math.ceil(reserve === 'sum' ? input + output : Math.max(input, output));
  };
}

function mostOutputTokens({ endpoint, body }: CallRequest): number {
  if (endpoint !== 'chat' && endpoint !== 'responses' && endpoint !== 'completions') return 0;
  const most = body?.['max_completion_tokens'] ?? body?.['max_output_tokens'] ?? body?.['max_tokens'];
  const ofOne = isCount(most) ? most : usualOutputTokens;
  const choices = Math.max(...[body?.['n'], body?.['best_of']].filter(isCount), 1);
  return ofOne * choices;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
