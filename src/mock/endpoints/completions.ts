import type { Answer, Ask, Body, StreamAnswer } from '../answer.ts';
import { refuse, serverErrorBody, wrongType } from '../error-bodies.ts';
import {
  booleanProblem,
  capOf,
  capProblem,
  modelProblem,
  optional,
  presenceProblem,
  recordOf,
} from '../fields.ts';
import { completePlainly, type PlainCompletion } from '../plain-completion.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { tokensOfText } from '../usage.ts';

export const completionRoutes: readonly Route[] = [
  { endpoint: 'completions', method: 'POST', path: '/completions', answer: answerCompletion },
];

const MOST_PROMPTS = 2_048;

/** `POST /completions`, of the models before chat. */
function answerCompletion({ body, ask }: ApiRequest): Answer {
  const problem =
    modelProblem(body) ??
    presenceProblem(body, 'prompt') ??
    booleanProblem(body, 'stream') ??
    capProblem(body, 'max_tokens') ??
    choicesProblem(body);
  if (problem) return problem;
  const prompts = promptsOf(body['prompt']);
  if (!prompts)
    return wrongType('prompt', 'a string, an array of strings or an array of tokens', body['prompt']);
  if (prompts.length > MOST_PROMPTS) {
    return refuse(400, `'$.prompt' is too long. Maximum length is ${MOST_PROMPTS}.`, 'prompt');
  }
  const answers = prompts.map((prompt, index) => completionOf(prompt, index, body, ask));
  const common = {
    id: `cmpl-${hexadecimal(ask.seed, `completion ${ask.attempt} ${ask.callId}`, 24)}`,
    object: 'text_completion',
    created: Math.floor(ask.clock.epochMs() / 1_000),
    model: body['model'],
  };
  const [first] = answers;
  if (body['stream'] !== true) return whole(common, answers);
  if (!first || answers.length > 1) {
    return refuse(
      400,
      'Unsupported value: this mock provider streams the answer to one prompt only.',
      'prompt',
    );
  }
  return streamed(common, first, recordOf(body['stream_options'])?.['include_usage'] === true);
}

function choicesProblem(body: Body) {
  const [n, best] = [optional(body, 'n') ?? 1, optional(body, 'best_of') ?? 1];
  if (n === 1 && best === 1) return undefined;
  const message = "Unsupported value: this mock provider answers with 'n' = 1 and 'best_of' = 1 only.";
  return refuse(400, message, 'n', 'unsupported_value');
}

/** Each as a text, or as the tokens of one. */
function promptsOf(prompt: unknown): readonly (string | readonly number[])[] | undefined {
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  if (prompt.every(Number.isInteger)) return [prompt];
  return prompt.every((one) => typeof one === 'string' || isTokens(one)) ? prompt : undefined;
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((token) => Number.isInteger(token));
}

/** What the API allows where the request does not say. */
const DEFAULT_MAX_TOKENS = 16;

function completionOf(
  prompt: string | readonly number[],
  index: number,
  body: Body,
  ask: Ask,
): PlainCompletion {
  return completePlainly({
    seed: ask.seed,
    callId: index === 0 ? ask.callId : `${ask.callId}#${index}`,
    model: body['model'] as string,
    inputTokens: typeof prompt === 'string' ? tokensOfText(prompt.length) : prompt.length,
    maxTokens: capOf(body, 'max_tokens') ?? DEFAULT_MAX_TOKENS,
    outputTokens: ask.outputTokens,
  });
}

function whole(common: object, answers: readonly PlainCompletion[]): Answer {
  const choices = answers.map(({ said, finishReason }, index) => ({
    text: said.text(),
    index,
    logprobs: null,
    finish_reason: finishReason,
  }));
  const usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  for (const one of answers) {
    usage.inputTokens += one.usage.inputTokens;
    usage.cachedTokens += one.usage.cachedTokens;
    usage.outputTokens += one.usage.outputTokens;
  }
  return {
    kind: 'whole',
    body: JSON.stringify({ ...common, choices, usage: usageFields(usage) }),
    tokens: Math.max(...answers.map(({ visibleTokens }) => visibleTokens)),
    usage,
    finishReason: answers.some(({ finishReason }) => finishReason === 'length') ? 'length' : 'stop',
  };
}

function streamed(common: object, completion: PlainCompletion, tellsUsage: boolean): StreamAnswer {
  const { said, visibleTokens, usage, finishReason } = completion;
  const event = (choices: readonly object[], rest: object = {}) =>
    `data: ${JSON.stringify({ ...common, choices, ...rest })}\n\n`;
  const choice = { index: 0, logprobs: null };
  const finish = event([{ text: '', ...choice, finish_reason: finishReason }]);
  const told = tellsUsage ? event([], { usage: usageFields(usage) }) : '';
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: visibleTokens,
    tokenEvent: (index) => event([{ text: said.piece(index), ...choice, finish_reason: null }]),
    errorEvent: () => `data: ${serverErrorBody(500)}\n\n`,
    closing: { text: `${finish}${told}data: [DONE]\n\n`, count: tellsUsage ? 2 : 1 },
    usage,
    tellsUsage,
    finishReason,
  };
}

function usageFields({ inputTokens, cachedTokens, outputTokens }: PlainCompletion['usage']) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
  };
}
