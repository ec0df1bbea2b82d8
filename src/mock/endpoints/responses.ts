import type { Answer, Ask, Body, Refusal } from '../answer.ts';
import { complete } from '../completion.ts';
import { wrongType } from '../error-bodies.ts';
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
import { tokensOfInput } from '../usage.ts';
import { draftOf, finishedResponse } from './response-draft.ts';
import { streamResponse } from './response-events.ts';

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
    capProblem(body, 'max_output_tokens')
  );
}

function inputProblem(input: unknown): Refusal | undefined {
  if (typeof input === 'string' || Array.isArray(input)) return undefined;
  return wrongType('input', 'one of an array of objects or a string', input);
}
