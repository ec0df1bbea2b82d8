import { checkBoolean, checkFunction, checkNumber } from '../../check.ts';
import type { AnswerSettings } from '../answer.ts';
import { type OutputTokensOptions, parseOutputTokens } from '../completion.ts';
import type { CountTokens } from '../usage.ts';
import { parseAnswers } from './parse-script.ts';
import type { Answers } from './script.ts';

/** How the mock answers. */
export interface AnswerOptions {
  /** How long answers are. */
  readonly outputTokens?: OutputTokensOptions;
  /** Whether chat's `stream_options` is refused with 400, as some old proxies do. @default false */
  readonly refuseStreamOptions?: boolean;
  /**
   * What chat and Responses answer: fixtures, of which the first that matches a request answers it, or a function that is
   * asked. What neither answers is generated. @default nothing is scripted
   */
  readonly answers?: Answers;
  /**
   * The share of requests that call their tools where `tool_choice` leaves it to the model and no results of tools end the
   * conversation, from 0 to 1. @default 0.5
   */
  readonly toolCallRate?: number;
  /** A tokenizer for prompts and for what is not made of the mock's own words. @default a token is four characters */
  readonly countTokens?: CountTokens;
}

export const answerKeys = [
  'outputTokens',
  'refuseStreamOptions',
  'answers',
  'toolCallRate',
  'countTokens',
] as const satisfies readonly (keyof AnswerOptions)[];

export function parseAnswering(given: Readonly<Record<string, unknown>>): AnswerSettings {
  const { outputTokens, refuseStreamOptions, answers, toolCallRate, countTokens } = given;
  return {
    outputTokens: parseOutputTokens('outputTokens', outputTokens),
    refuseStreamOptions: checkBoolean('refuseStreamOptions', refuseStreamOptions ?? false),
    answers: answers === undefined ? undefined : parseAnswers('answers', answers),
    toolCallRate: checkNumber('toolCallRate', toolCallRate ?? 0.5, { min: 0, max: 1 }),
    countTokens:
      countTokens === undefined ? undefined : (checkFunction('countTokens', countTokens) as CountTokens),
  };
}
