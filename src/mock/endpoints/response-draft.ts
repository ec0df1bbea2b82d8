import type { Ask, Body } from '../answer.ts';
import type { Completion } from '../completion.ts';
import { recordOf } from '../fields.ts';
import { hexadecimal } from '../seeded.ts';

/** What a response's JSON and its events are written from. */
export interface ResponseDraft {
  readonly completion: Completion;
  readonly reasoningId: string;
  readonly messageId: string;
  /** The fields that stay as they are from the first event to the last. */
  readonly fields: Readonly<Record<string, unknown>> & { readonly created_at: number };
}

export function draftOf(body: Body, ask: Ask, completion: Completion): ResponseDraft {
  const identity = (kind: string) => hexadecimal(ask.seed, `${kind} ${ask.attempt} ${ask.callId}`, 32);
  return {
    completion,
    reasoningId: `rs_${identity('reasoning')}`,
    messageId: `msg_${identity('message')}`,
    fields: {
      id: `resp_${identity('response')}`,
      object: 'response',
      created_at: Math.floor(ask.clock.epochMs() / 1_000),
      access_programs: null,
      background: body['background'] ?? false,
      error: null,
      instructions: body['instructions'] ?? null,
      max_output_tokens: body['max_output_tokens'] ?? null,
      max_tool_calls: body['max_tool_calls'] ?? null,
      metadata: body['metadata'] ?? {},
      model: body['model'],
      parallel_tool_calls: body['parallel_tool_calls'] ?? true,
      previous_response_id: body['previous_response_id'] ?? null,
      reasoning: { effort: recordOf(body['reasoning'])?.['effort'] ?? null, summary: null },
      service_tier: 'default',
      store: body['store'] ?? true,
      temperature: body['temperature'] ?? 1,
      text: body['text'] ?? { format: { type: 'text' } },
      tool_choice: body['tool_choice'] ?? 'auto',
      tools: body['tools'] ?? [],
      top_logprobs: body['top_logprobs'] ?? 0,
      top_p: body['top_p'] ?? 1,
      truncation: body['truncation'] ?? 'disabled',
      ...given(body, 'conversation', 'prompt_cache_key', 'safety_identifier'),
    },
  };
}

/** Fields that an answer has only where the request has them. */
function given(body: Body, ...names: string[]): Body {
  return Object.fromEntries(names.filter((name) => body[name] != null).map((name) => [name, body[name]]));
}

/** A response of which nothing is known yet. */
export function startedResponse({ fields }: ResponseDraft) {
  return { ...fields, status: 'in_progress', incomplete_details: null, output: [] };
}

/** A response that came to its end: whole, or stopped by its allowance. */
export function finishedResponse(draft: ResponseDraft) {
  const { fields, completion } = draft;
  const whole = completion.finishReason === 'stop';
  return {
    ...fields,
    status: whole ? 'completed' : 'incomplete',
    completed_at: whole ? fields.created_at : null,
    incomplete_details: whole ? null : { reason: 'max_output_tokens' },
    output: outputItems(draft),
    usage: usageFields(completion),
  };
}

/** Reasoning first, then the message, each only where there is some. */
export function outputItems(draft: ResponseDraft) {
  return [
    ...(draft.completion.usage.reasoningTokens > 0 ? [reasoningItem(draft)] : []),
    ...(draft.completion.visibleTokens > 0 ? [messageItem(draft)] : []),
  ];
}

export function reasoningItem({ reasoningId }: ResponseDraft) {
  return { id: reasoningId, type: 'reasoning', summary: [] };
}

export function messageItem(draft: ResponseDraft) {
  return {
    id: draft.messageId,
    type: 'message',
    role: 'assistant',
    status: draft.completion.finishReason === 'stop' ? 'completed' : 'incomplete',
    content: [textPart(draft.completion.wording.text(draft.completion.visibleTokens))],
  };
}

export function textPart(text: string) {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function usageFields({ usage }: Completion) {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
