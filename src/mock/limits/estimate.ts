import type { Answer, Body } from '../answer.ts';
import type { Endpoint } from '../endpoints.ts';
import { capOf, optional } from '../fields.ts';
import { charactersOf, tokensOfText } from '../usage.ts';

/**
 * What a request is charged before its answer is known, by OpenAI's rule: the most tokens that it allows the answer,
 * or a token for each four characters of its prompt, whichever is more.
 */
export function estimateOf(endpoint: Endpoint, body: Body, answer: Answer): number {
  switch (endpoint) {
    case 'chat':
      return Math.max(
        capOf(body, 'max_completion_tokens') ?? capOf(body, 'max_tokens') ?? 0,
        tokensOfText(charactersOf(body['messages']) + charactersOf(optional(body, 'tools'))),
      );
    case 'responses':
      return Math.max(
        capOf(body, 'max_output_tokens') ?? 0,
        tokensOfText(
          charactersOf(body['input']) +
            charactersOf(optional(body, 'instructions')) +
            charactersOf(optional(body, 'tools')),
        ),
      );
    default:
      // Of embeddings the estimate is what they use.
      return 'usage' in answer ? (answer.usage?.inputTokens ?? 0) : 0;
  }
}
