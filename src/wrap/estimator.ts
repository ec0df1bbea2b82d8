import { estimateInputTokens } from '../account/estimate.ts';
import type { CallRequest } from '../call.ts';
import type { EstimateTokens } from './admission.ts';

/** Reserved for an answer of which the request does not say how long it may be. */
const usualOutputTokens = 1_024;

export function estimatorOf(reserve: 'max' | 'sum'): EstimateTokens {
  return (request) => {
    const input = estimateInputTokens(request.body) ?? 0;
    const output = mostOutputTokens(request);
    return Math.ceil(reserve === 'sum' ? input + output : Math.max(input, output));
  };
}

function mostOutputTokens({ endpoint, body }: CallRequest): number {
  if (endpoint !== 'chat' && endpoint !== 'responses' && endpoint !== 'completions') return 0;
  const most = body?.['max_completion_tokens'] ?? body?.['max_output_tokens'] ?? body?.['max_tokens'];
  return typeof most === 'number' && most >= 0 && most < Number.POSITIVE_INFINITY ? most : usualOutputTokens;
}
