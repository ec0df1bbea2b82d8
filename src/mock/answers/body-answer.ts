import type { Body, WholeAnswer } from '../answer.ts';
import { lookUp, recordOf } from '../fields.ts';
import type { FinishReason, TokenUsage } from '../ledger.ts';
import type { ScriptedBody } from './script.ts';

/** A scripted body in one piece. */
export function wholeBody({ body, status = 200 }: ScriptedBody): WholeAnswer {
  const isError = status >= 400;
  return {
    kind: 'whole',
    status,
    body: JSON.stringify(body),
    tokens: 0,
    usage: isError || body['usage'] === undefined ? null : usageOf(body),
    finishReason: isError ? null : finishReasonOf(body),
  };
}

/** What a body says of its tokens, in chat's names or in Responses'. */
export function usageOf(body: Body): TokenUsage {
  const usage = recordOf(body['usage']) ?? {};
  const input = recordOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const output = recordOf(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  return {
    inputTokens: numberOf(usage['prompt_tokens'] ?? usage['input_tokens']),
    cachedTokens: numberOf(input?.['cached_tokens']),
    outputTokens: numberOf(usage['completion_tokens'] ?? usage['output_tokens']),
    reasoningTokens: numberOf(output?.['reasoning_tokens']),
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  completed: 'stop',
  max_output_tokens: 'length',
};

/** Why a body says it ended; null where it does not say so in words that the ledger has. */
export function finishReasonOf(body: Body): FinishReason | null {
  const [choice] = Array.isArray(body['choices']) ? body['choices'] : [];
  const chat = recordOf(choice)?.['finish_reason'];
  const said = chat ?? recordOf(body['incomplete_details'])?.['reason'] ?? body['status'];
  return lookUp(reasons, said) ?? null;
}
