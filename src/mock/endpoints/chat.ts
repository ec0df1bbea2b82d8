import type { Answer, Ask, Body, Refusal, StreamAnswer, WholeAnswer } from '../answer.ts';
import { type Completion, complete } from '../completion.ts';
import { refuse, serverErrorBody, wrongType } from '../error-bodies.ts';
import {
  booleanProblem,
  capOf,
  capProblem,
  modelProblem,
  optional,
  presenceProblem,
  recordOf,
  textOf,
} from '../fields.ts';
import { hexadecimal } from '../seeded.ts';
import { tokensOfMessages } from '../usage.ts';

/** `POST /chat/completions`. */
export function answerChat(body: Body, ask: Ask): Answer {
  const problem = problemOf(body, ask);
  if (problem) return problem;
  const messages = body['messages'] as readonly unknown[];
  const model = body['model'] as string;
  const completion = complete({
    seed: ask.seed,
    callId: ask.callId,
    model,
    inputTokens: tokensOfMessages(messages, optional(body, 'tools')),
    maxTokens: capOf(body, 'max_completion_tokens') ?? capOf(body, 'max_tokens'),
    effort: textOf(body['reasoning_effort']),
    outputTokens: ask.outputTokens,
  });
  const identity = {
    id: `chatcmpl-${hexadecimal(ask.seed, `chat ${ask.attempt} ${ask.callId}`, 24)}`,
    created: Math.floor(ask.clock.epochMs() / 1_000),
    model,
  };
  if (body['stream'] !== true) return whole(completion, identity);
  return streamed(completion, identity, recordOf(body['stream_options'])?.['include_usage'] === true);
}

function problemOf(body: Body, ask: Ask): Refusal | undefined {
  return (
    modelProblem(body) ??
    presenceProblem(body, 'messages') ??
    messagesProblem(body['messages']) ??
    booleanProblem(body, 'stream') ??
    streamOptionsProblem(body, ask.refuseStreamOptions) ??
    capProblem(body, 'max_tokens') ??
    capProblem(body, 'max_completion_tokens') ??
    choicesProblem(body)
  );
}

function messagesProblem(messages: unknown): Refusal | undefined {
  if (!Array.isArray(messages)) return wrongType('messages', 'an array of objects', messages);
  if (messages.length === 0) {
    const message =
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return refuse(400, message, 'messages', 'empty_array');
  }
  const wrong = messages.findIndex((message) => recordOf(message) === undefined);
  return wrong === -1 ? undefined : wrongType(`messages[${wrong}]`, 'an object', messages[wrong]);
}

function streamOptionsProblem(body: Body, refused: boolean): Refusal | undefined {
  const options = optional(body, 'stream_options');
  if (options === undefined) return undefined;
  if (refused) return refuse(400, 'Unrecognized request argument supplied: stream_options');
  if (body['stream'] !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return refuse(400, message, 'stream_options');
  }
  return recordOf(options) ? undefined : wrongType('stream_options', 'an object', options);
}

/** The mock gives one choice: to accept more and give one would be a lie. */
function choicesProblem(body: Body): Refusal | undefined {
  const choices = optional(body, 'n');
  if (choices === undefined || choices === 1) return undefined;
  return refuse(
    400,
    "Unsupported value: this mock provider answers with 'n' = 1 only.",
    'n',
    'unsupported_value',
  );
}

interface Identity {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

const FINGERPRINT = 'fp_telltale_mock';

function whole(completion: Completion, identity: Identity): WholeAnswer {
  const { wording, visibleTokens, usage, finishReason } = completion;
  const message = { role: 'assistant', content: wording.text(visibleTokens), refusal: null, annotations: [] };
  return {
    kind: 'whole',
    body: JSON.stringify({
      id: identity.id,
      object: 'chat.completion',
      created: identity.created,
      model: identity.model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
      usage: usageFields(completion),
      service_tier: 'default',
      system_fingerprint: FINGERPRINT,
    }),
    tokens: visibleTokens,
    usage,
    finishReason,
  };
}

function streamed(completion: Completion, identity: Identity, tellsUsage: boolean): StreamAnswer {
  const { wording, visibleTokens, usage, finishReason } = completion;
  const { id, created, model } = identity;
  const common = { id, object: 'chat.completion.chunk', created, model };
  const head = `data: ${JSON.stringify({ ...common, service_tier: 'default', system_fingerprint: FINGERPRINT }).slice(0, -1)}`;
  // With include_usage every chunk but the last says null.
  const tail = tellsUsage ? ',"usage":null}\n\n' : '}\n\n';
  function chunk(delta: string, finish: string): string {
    return `${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${tail}`;
  }
  const finish = chunk('{}', `"${finishReason}"`);
  const told = tellsUsage
    ? `${head},"choices":[],"usage":${JSON.stringify(usageFields(completion))}}\n\n`
    : '';
  return {
    kind: 'stream',
    opening: { text: chunk('{"role":"assistant","content":"","refusal":null}', 'null'), count: 1 },
    tokens: visibleTokens,
    tokenEvent: (index) => chunk(`{"content":"${wording.token(index)}"}`, 'null'),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: { text: `${finish}${told}data: [DONE]\n\n`, count: tellsUsage ? 2 : 1 },
    usage,
    tellsUsage,
    finishReason,
  };
}

function usageFields({ usage }: Completion) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
