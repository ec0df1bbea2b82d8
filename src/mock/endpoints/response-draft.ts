import type { Ask, Body } from '../answer.ts';
import type { Part } from '../answers/part.ts';
import type { Completion } from '../completion.ts';
import { capOf, recordOf, tierOf } from '../fields.ts';
import { hexadecimal } from '../seeded.ts';
import {
  type DraftItem,
  type ItemStatus,
  itemJson,
  type ReasoningDraft,
  reasoningJson,
  reasoningOf,
} from './response-output.ts';

/** What a response's JSON and its events are written from. */
export interface ResponseDraft {
  readonly seed: number;
  readonly callId: string;
  /** Its one choice has a part for each of `items`. */
  readonly completion: Completion;
  /** Undefined where there was none. */
  readonly reasoning: ReasoningDraft | undefined;
  readonly items: readonly DraftItem[];
  readonly obfuscates: boolean;
  /** The fields that stay as they are from the first event to the last. */
  readonly fields: Readonly<Record<string, unknown>> & { readonly created_at: number };
}

export function draftOf(body: Body, ask: Ask, made: Completion): ResponseDraft {
  const { seed, callId } = ask;
  const identity = (kind: string) => hexadecimal(ask.seed, `${kind} ${ask.attempt} ${ask.callId}`, 32);
  const [choice] = made.choices;
  // A message that says nothing is none.
  const parts = choice.parts.filter(({ said }) => said.pieces > 0);
  return {
    seed,
    callId,
    completion: { ...made, choices: [{ ...choice, parts }] },
    reasoning: reasoningOf(body, ask, made.usage.reasoningTokens),
    items: itemsOf(body, parts, ask),
    obfuscates: recordOf(body['stream_options'])?.['include_obfuscation'] === true,
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
      reasoning: reasoningFields(body),
      service_tier: tierOf(body),
      store: body['store'] ?? true,
      temperature: body['temperature'] ?? 1,
      text: { format: { type: 'text' }, ...recordOf(body['text']) },
      tool_choice: body['tool_choice'] ?? 'auto',
      tools: body['tools'] ?? [],
      top_logprobs: body['top_logprobs'] ?? 0,
      top_p: body['top_p'] ?? 1,
      truncation: body['truncation'] ?? 'disabled',
      ...given(
        body,
        'conversation',
        'prompt_cache_key',
        'prompt_cache_retention',
        'safety_identifier',
        'user',
      ),
    },
  };
}

function reasoningFields(body: Body) {
  const asked = recordOf(body['reasoning']);
  return {
    effort: asked?.['effort'] ?? null,
    summary: asked?.['summary'] ?? asked?.['generate_summary'] ?? null,
  };
}

function itemsOf(body: Body, parts: readonly Part[], { seed, callId, attempt }: Ask): readonly DraftItem[] {
  const { include } = body;
  const tells = Array.isArray(include) && include.includes('message.output_text.logprobs');
  const top = capOf(body, 'top_logprobs') ?? 0;
  return parts.map((part, index) => {
    // The first message is named as it would be if it were the only one.
    const name = index === 0 ? callId : `${callId} ${index}`;
    const id = `${prefixOf(part)}_${hexadecimal(seed, `message ${attempt} ${name}`, 32)}`;
    return { id, part, logprobs: tells ? { seed, about: `${callId} ${index}`, top } : undefined };
  });
}

function prefixOf(part: Part): string {
  if (part.kind !== 'call') return 'msg';
  return part.type === 'function' ? 'fc' : 'ctc';
}

/** Fields that an answer has only where the request has them. */
function given(body: Body, ...names: string[]): Body {
  return Object.fromEntries(names.filter((name) => body[name] != null).map((name) => [name, body[name]]));
}

/** A response of which nothing is known yet. */
export function startedResponse({ fields }: ResponseDraft) {
  return { ...fields, status: 'in_progress', incomplete_details: null, output: [] };
}

/** A response that came to its end: whole, or stopped by its allowance or a filter. */
export function finishedResponse(draft: ResponseDraft) {
  const { fields, completion } = draft;
  const whole = isWhole(draft);
  const reason = completion.finishReason === 'length' ? 'max_output_tokens' : 'content_filter';
  return {
    ...fields,
    status: whole ? 'completed' : 'incomplete',
    completed_at: whole ? fields.created_at : null,
    incomplete_details: whole ? null : { reason },
    output: outputItems(draft),
    usage: usageFields(completion),
  };
}

function isWhole({ completion: { finishReason } }: ResponseDraft): boolean {
  return finishReason === 'stop' || finishReason === 'tool_calls';
}

/** Reasoning first, then what is said and called. */
export function outputItems(draft: ResponseDraft) {
  const { reasoning, items } = draft;
  return [
    ...(reasoning ? [reasoningJson(reasoning, true)] : []),
    ...items.map((item, index) => itemJson(item, finalStatus(draft, index))),
  ];
}

/** Of what was cut short only the last is not whole. */
export function finalStatus(draft: ResponseDraft, index: number): ItemStatus {
  return isWhole(draft) || index < draft.items.length - 1 ? 'completed' : 'incomplete';
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
