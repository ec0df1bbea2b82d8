import type { Answer, Ask, Body, Refusal } from '../answer.ts';
import { answerFrom } from '../answers/answer-from.ts';
import { responseFormatOf, responseFormatProblem } from '../answers/format.ts';
import { visibleTokens } from '../answers/part.ts';
import { toolsProblem, toolUseOf } from '../answers/tool-use.ts';
import { complete } from '../completion.ts';
import { refuse, wrongType } from '../error-bodies.ts';
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
import { counterFor, itemsOf, tokensOfInput } from '../usage.ts';
import { topLogprobsRange } from './chat-problems.ts';
import { responseBodyAnswer } from './response-body.ts';
import { draftOf, finishedResponse } from './response-draft.ts';
import { streamResponse } from './response-events.ts';

/** `POST /responses`. */
export function answerResponses(body: Body, ask: Ask): Answer | Promise<Answer> {
  const problem = problemOf(body);
  if (problem) return problem;
  const model = body['model'] as string;
  const count = counterFor(ask.countTokens, model);
  const instructions = optional(body, 'instructions');
  const tools = optional(body, 'tools');
  return answerFrom({
    endpoint: 'responses',
    body,
    ask,
    model,
    items: itemsOf(body['input'], instructions),
    inputTokens: tokensOfInput(body['input'], instructions, tools, ask.countTokens && count),
    count,
    tools: toolUseOf(body),
    format: responseFormatOf(body),
    question: {
      maxTokens: capOf(body, 'max_output_tokens'),
      effort: textOf(recordOf(body['reasoning'])?.['effort']),
    },
    write(question) {
      const completion = complete(question);
      const draft = draftOf(body, ask, completion);
      if (body['stream'] === true) return streamResponse(draft);
      const { usage, finishReason } = completion;
      return {
        kind: 'whole',
        body: JSON.stringify(finishedResponse(draft)),
        tokens: visibleTokens(completion.choices[0].parts),
        usage,
        finishReason,
      };
    },
    writeBody: responseBodyAnswer,
  });
}

function problemOf(body: Body): Refusal | undefined {
  return (
    modelProblem(body) ??
    presenceProblem(body, 'input') ??
    inputProblem(body['input']) ??
    booleanProblem(body, 'stream') ??
    capProblem(body, 'max_output_tokens') ??
    includeProblem(body) ??
    topLogprobsRange(body) ??
    toolsProblem(body) ??
    responseFormatProblem(body) ??
    jsonWordProblem(body)
  );
}

function inputProblem(input: unknown): Refusal | undefined {
  if (typeof input === 'string' || Array.isArray(input)) return undefined;
  return wrongType('input', 'one of an array of objects or a string', input);
}

function includeProblem(body: Body): Refusal | undefined {
  const include = optional(body, 'include');
  if (include === undefined || Array.isArray(include)) return undefined;
  return wrongType('include', 'an array of strings', include);
}

/** OpenAI asks for the word, for without it a model may not know that it should write JSON. */
function jsonWordProblem(body: Body): Refusal | undefined {
  if (recordOf(recordOf(body['text'])?.['format'])?.['type'] !== 'json_object') return undefined;
  if (/json/i.test(JSON.stringify([body['input'], body['instructions']]))) return undefined;
  const message =
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
  return refuse(400, message, 'input');
}
