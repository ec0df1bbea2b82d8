import type { Body, WholeAnswer } from '../answer.ts';
import { logprobOf } from '../answers/logprobs.ts';
import { type Part, type Spoken, type ToolCall, visibleTokens } from '../answers/part.ts';
import type { Choice, Completion } from '../completion.ts';
import type { Count } from '../usage.ts';

/** How much of what was predicted came true. */
interface PredictionUse {
  readonly acceptedTokens: number;
  readonly rejectedTokens: number;
}

/** What a chat completion and its chunks are written from. */
export interface ChatDraft {
  readonly completion: Completion;
  readonly prediction: PredictionUse;
  readonly seed: number;
  readonly callId: string;
  /** Fields of the completion and of each chunk. */
  readonly head: Readonly<Record<'id' | 'model', string>> & { readonly created: number };
  readonly tail: Readonly<Record<'service_tier' | 'system_fingerprint', string>>;
  /** As given. */
  readonly metadata: Body | undefined;
  /** How many alternatives are told for each token; undefined where no likelihoods are asked for. */
  readonly topLogprobs: number | undefined;
  readonly tellsUsage: boolean;
  readonly obfuscates: boolean;
}

/** A prediction is accepted as far as the answer begins like it; the rest of it is charged as output. */
export function predictionUsed(
  completion: Completion,
  predicted: string | undefined,
  count: Count,
): Pick<ChatDraft, 'completion' | 'prediction'> {
  if (predicted === undefined) return { completion, prediction: { acceptedTokens: 0, rejectedTokens: 0 } };
  const [first] = completion.choices;
  const text = textOf(first.parts, 'text') ?? '';
  let same = 0;
  while (same < text.length && text[same] === predicted[same]) same++;
  const acceptedTokens = same === 0 ? 0 : count(predicted.slice(0, same));
  const rejectedTokens = Math.max(0, count(predicted) - acceptedTokens);
  const { usage } = completion;
  return {
    completion: { ...completion, usage: { ...usage, outputTokens: usage.outputTokens + rejectedTokens } },
    prediction: { acceptedTokens, rejectedTokens },
  };
}

export function wholeChat(draft: ChatDraft): WholeAnswer {
  const { completion, head, tail, metadata } = draft;
  const { choices, usage, finishReason } = completion;
  return {
    kind: 'whole',
    body: JSON.stringify({
      id: head.id,
      object: 'chat.completion',
      created: head.created,
      model: head.model,
      choices: choices.map((choice, index) => choiceOf(draft, choice, index)),
      usage: usageFields(draft),
      ...tail,
      ...(metadata && { metadata }),
    }),
    // Choices are made side by side.
    tokens: Math.max(...choices.map(({ parts }) => visibleTokens(parts))),
    usage,
    finishReason,
  };
}

function choiceOf(draft: ChatDraft, { parts, finishReason }: Choice, index: number) {
  const calls = parts.filter((part) => part.kind === 'call');
  return {
    index,
    message: {
      role: 'assistant',
      content: textOf(parts, 'text'),
      refusal: textOf(parts, 'refusal'),
      annotations: [],
      ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
    },
    logprobs: draft.topLogprobs === undefined ? null : logprobsOf(draft, parts, index),
    finish_reason: finishReason,
  };
}

/** Null where nothing of the kind is said. */
function textOf(parts: readonly Part[], kind: Spoken['kind']): string | null {
  return parts.find((part) => part.kind === kind)?.said.text() ?? null;
}

function callOf({ type, id, name, said }: ToolCall) {
  const text = said.text();
  return type === 'function'
    ? { id, type, function: { name, arguments: text } }
    : { id, type, custom: { name, input: text } };
}

function logprobsOf(draft: ChatDraft, parts: readonly Part[], choice: number) {
  const of = (kind: Spoken['kind']) => {
    const said = parts.find((part) => part.kind === kind)?.said;
    return (
      said && Array.from({ length: said.pieces }, (_, at) => pieceLogprob(draft, choice, said.piece(at), at))
    );
  };
  return { content: of('text') ?? null, refusal: of('refusal') ?? null };
}

export function pieceLogprob(
  { seed, callId, topLogprobs = 0 }: ChatDraft,
  choice: number,
  piece: string,
  at: number,
) {
  return logprobOf(piece, at, { seed, about: `${callId} ${choice}`, top: topLogprobs });
}

export function usageFields({ completion: { usage }, prediction }: ChatDraft) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: prediction.acceptedTokens,
      rejected_prediction_tokens: prediction.rejectedTokens,
    },
  };
}
