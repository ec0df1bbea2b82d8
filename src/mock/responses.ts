import type { Answer, Ask, Body, Refusal } from './answer.ts';
import { type Completion, complete } from './completion.ts';
import { refuse, wrongType } from './error-bodies.ts';
import {
  booleanProblem,
  capOf,
  capProblem,
  modelProblem,
  optional,
  presenceProblem,
  recordOf,
  textOf,
} from './fields.ts';
import { streamResponse } from './response-events.ts';
import { hexadecimal } from './seeded.ts';
import { tokensOfInput } from './usage.ts';

/** `POST /responses`. */
export function answerResponses(body: Body, ask: Ask): Answer {
  const problem = problemOf(body);
  if (problem) return problem;
  const completion = complete({
    seed: ask.seed,
    callId: ask.callId,
    model: body['model'] as string,
    inputTokens: tokensOfInput(body['input'], optional(body, 'instructions'), optional(body, 'tools')),
    maxTokens: capOf(body, 'max_output_tokens'),
    effort: textOf(recordOf(body['reasoning'])?.['effort']),
    outputTokens: ask.outputTokens,
  });
  const draft = draftOf(body, ask, completion);
  if (body['stream'] === true) return streamResponse(draft);
  const { visibleTokens, usage, finishReason } = completion;
  return {
    kind: 'whole',
    body: JSON.stringify(finishedResponse(draft)),
    tokens: visibleTokens,
    usage,
    finishReason,
  };
}

function problemOf(body: Body): Refusal | undefined {
  return (
    modelProblem(body) ??
    presenceProblem(body, 'input') ??
    inputProblem(body['input']) ??
    booleanProblem(body, 'stream') ??
    capProblem(body, 'max_output_tokens') ??
    backgroundProblem(body)
  );
}

function inputProblem(input: unknown): Refusal | undefined {
  if (typeof input === 'string' || Array.isArray(input)) return undefined;
  return wrongType('input', 'one of an array of objects or a string', input);
}

function backgroundProblem(body: Body): Refusal | undefined {
  if (body['background'] !== true) return undefined;
  const message = "Unsupported value: this mock provider answers with 'background' = false only.";
  return refuse(400, message, 'background', 'unsupported_value');
}

/** What a response's JSON and its events are written from. */
export interface ResponseDraft {
  readonly completion: Completion;
  readonly reasoningId: string;
  readonly messageId: string;
  /** The fields that stay as they are from the first event to the last. */
  readonly fields: Readonly<Record<string, unknown>> & { readonly created_at: number };
}

function draftOf(body: Body, ask: Ask, completion: Completion): ResponseDraft {
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
      background: false,
      error: null,
      instructions: body['instructions'] ?? null,
      max_output_tokens: body['max_output_tokens'] ?? null,
      max_tool_calls: body['max_tool_calls'] ?? null,
      metadata: body['metadata'] ?? {},
      model: body['model'],
      parallel_tool_calls: body['parallel_tool_calls'] ?? true,
      previous_response_id: body['previous_response_id'] ?? null,
      prompt_cache_key: body['prompt_cache_key'] ?? null,
      reasoning: { effort: recordOf(body['reasoning'])?.['effort'] ?? null, summary: null },
      safety_identifier: body['safety_identifier'] ?? null,
      service_tier: 'default',
      store: body['store'] ?? true,
      temperature: body['temperature'] ?? 1,
      text: body['text'] ?? { format: { type: 'text' } },
      tool_choice: body['tool_choice'] ?? 'auto',
      tools: body['tools'] ?? [],
      top_logprobs: body['top_logprobs'] ?? 0,
      top_p: body['top_p'] ?? 1,
      truncation: body['truncation'] ?? 'disabled',
    },
  };
}

/** A response of which nothing is known yet. */
export function startedResponse({ fields }: ResponseDraft) {
  return { ...fields, status: 'in_progress', incomplete_details: null, output: [], usage: null };
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
    input_tokens_details: { cached_tokens: usage.cachedTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
