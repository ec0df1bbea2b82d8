import type { Answer, Body, Refusal } from '../answer.ts';
import { wrongType } from '../error-bodies.ts';
import { modelProblem, optional } from '../fields.ts';
import { completePlainly } from '../plain-completion.ts';
import type { ApiRequest } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { tokensOfInput } from '../usage.ts';
import { isRefusal, json } from './answers.ts';
import type { Item } from './item-page.ts';
import { inputList, itemsOf } from './stored-items.ts';
import { contextOf, withContext } from './stored-responses-context.ts';

/** `POST /responses/input_tokens`: what the same request to `/responses` would count. */
export function countInputTokens({ body, world }: ApiRequest): Answer {
  const context = contextOf(body, world);
  if (isRefusal(context)) return context;
  const asked = withContext({ ...body, input: optional(body, 'input') ?? [] }, context, world);
  if (isRefusal(asked)) return asked;
  const input_tokens = inputTokensOf(asked.body);
  return inputProblem(asked.body) ?? json({ object: 'response.input_tokens', input_tokens });
}

function inputTokensOf(body: Body): number {
  return tokensOfInput(body['input'], optional(body, 'instructions'), optional(body, 'tools'));
}

function inputProblem({ input }: Body): Refusal | undefined {
  if (typeof input === 'string' || Array.isArray(input)) return undefined;
  return wrongType('input', 'one of an array of objects or a string', input);
}

/** `POST /responses/compact`: what the user said, and one item that stands for all the rest. */
export function compactResponse({ body, ask, world }: ApiRequest): Answer {
  const problem = modelProblem(body);
  if (problem) return problem;
  const context = contextOf(body, world);
  if (isRefusal(context)) return context;
  const asked = withContext({ ...body, input: optional(body, 'input') ?? [] }, context, world);
  if (isRefusal(asked)) return asked;
  const wrong = inputProblem(asked.body);
  if (wrong) return wrong;
  const identity = (kind: string) => hexadecimal(ask.seed, `${kind} ${ask.attempt} ${ask.callId}`, 32);
  const id = `resp_${identity('compaction')}`;
  const { usage, visibleTokens, said } = completePlainly({
    seed: ask.seed,
    callId: ask.callId,
    model: body['model'] as string,
    inputTokens: inputTokensOf(asked.body),
    maxTokens: undefined,
    outputTokens: ask.outputTokens,
  });
  const compaction: Item = {
    id: `cmp_${identity('summary')}`,
    type: 'compaction',
    encrypted_content: Buffer.from(said.text()).toString('base64'),
  };
  const kept = itemsOf(inputList(asked.body['input']), ask.seed, id).filter(({ role }) => role === 'user');
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = usage;
  return {
    ...json({
      id,
      object: 'response.compaction',
      created_at: Math.floor(ask.clock.epochMs() / 1_000),
      output: [...kept, compaction],
      usage: {
        input_tokens: inputTokens,
        input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
        output_tokens: outputTokens,
        output_tokens_details: { reasoning_tokens: reasoningTokens },
        total_tokens: inputTokens + outputTokens,
      },
    }),
    tokens: visibleTokens,
    usage,
  };
}
