import type { Answer, Ask, Body } from '../answer.ts';
import type { Question } from '../completion.ts';
import { mockFailed } from '../error-bodies.ts';
import { cachedTokensOf } from '../prompt-cache.ts';
import type { Count } from '../usage.ts';
import { lastUserText } from './conversation.ts';
import type { JsonFormat } from './format.ts';
import { replyTo } from './reply.ts';
import { RequestRefused } from './request-refused.ts';
import type { ScriptedBody, ScriptedSpeech } from './script.ts';
import { replyOf, scriptFor } from './scripted.ts';
import type { ToolUse } from './tool-use.ts';

/** A request to a model, as chat and Responses have read it, and how they write an answer down. */
export interface Reading {
  readonly endpoint: 'chat' | 'responses';
  readonly body: Body;
  readonly ask: Ask;
  readonly model: string;
  readonly items: readonly unknown[];
  readonly inputTokens: number;
  readonly count: Count;
  readonly tools: ToolUse | undefined;
  readonly format: JsonFormat | undefined;
  readonly question: Pick<Question, 'maxTokens' | 'effort' | 'choices' | 'stops'>;
  /** Writes down what is said to a question. */
  write(question: Question): Exclude<Answer, { kind: 'refusal' }>;
  /** The answer that is a body as it stands. */
  writeBody(script: ScriptedBody, streamed: boolean): Exclude<Answer, { kind: 'refusal' }>;
}

/** The answer to a request: scripted, or else generated. */
export function answerFrom(reading: Reading): Answer | Promise<Answer> {
  const { answers, world } = reading.ask;
  if (!answers) return answered(reading, undefined);
  try {
    const script = scriptFor(answers, askedOf(reading), world);
    return script instanceof Promise
      ? script.then((later) => answered(reading, later), mockFailed)
      : answered(reading, script);
  } catch (error) {
    return mockFailed(error);
  }
}

function askedOf({ endpoint, model, items, body, ask }: Reading) {
  const { headers, callId, attempt } = ask;
  const streamed = body['stream'] === true;
  const text = lastUserText(items);
  return { endpoint, model, messages: items, text, streamed, body, headers, callId, attempt };
}

function answered(reading: Reading, script: ScriptedSpeech | ScriptedBody | undefined): Answer {
  try {
    if (script && 'body' in script) {
      return delayed(reading.writeBody(script, reading.body['stream'] === true), script);
    }
    const answer = reading.write(questionOf(reading, script));
    return script ? delayed(answer, script) : answer;
  } catch (error) {
    return error instanceof RequestRefused ? error.refusal : mockFailed(error);
  }
}

function delayed<T extends Answer>(answer: T, { delayMs }: { readonly delayMs?: number }): T {
  return delayMs === undefined ? answer : { ...answer, delayMs };
}

function questionOf(reading: Reading, script: ScriptedSpeech | undefined): Question {
  const { ask, body, model, items, inputTokens, count, tools, format } = reading;
  const { seed, callId, toolCallRate, outputTokens, headers, world } = ask;
  const key = headers.authorization ?? '';
  const counted = ask.countTokens && count;
  const wanted = { seed, conversation: items, tools, format, toolCallRate, count };
  return {
    ...reading.question,
    seed,
    callId,
    model,
    inputTokens,
    cachedTokens: cachedTokensOf({ model, key, body, items, inputTokens, count: counted }, world),
    outputTokens,
    ...(script?.usage && { usage: script.usage }),
    reply: script
      ? replyOf(script, ask, count)
      : (about) => {
          const parts = replyTo(wanted, about);
          return parts && { parts };
        },
  };
}
