import { kindOfEvent } from '../attempt/classify.ts';
import type { CallRequest, Outcome } from '../call.ts';
import type { Answer } from '../send/answer.ts';
import type { BodyEnd } from '../send/body-watch.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { type ErrorType, errorTypeOf } from './error-type.ts';
import { ownEnding } from './own-error.ts';

/** How a call ended, and what is to be said of it. */
export interface Ending {
  readonly outcome: Outcome;
  readonly errorType?: ErrorType;
  readonly error?: unknown;
}

/** The whole answer is here: what was it worth? */
export function endingOf(run: CallRun): Ending {
  const { answer } = run;
  if (answer.failure) return failedEnding(answer);
  if (answer.malformed) return { outcome: 'error', errorType: 'malformed_response' };
  return { outcome: isEmpty(answer, run.call.request) ? 'empty' : 'ok' };
}

/** A chat that says only that it is over, and of no choice why, was cut by somebody on the way who says so of everything. */
export function isWithoutReason(answer: Answer, { endpoint }: CallRequest): boolean {
  return endpoint === 'chat' && !answer.response.finishReasons?.length;
}

/** Billed, and nothing in it can be seen. */
export function isEmpty(answer: Answer, { endpoint }: CallRequest): boolean {
  const generates = endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions';
  const billed =
    (answer.usage?.outputTokens ?? 0) > 0 || answer.response.finishReasons?.includes('length') === true;
  return generates && answer.finished && !answer.visible && billed;
}

/** The provider sent an error inside a good answer. */
export function failedEnding(answer: Answer): Ending {
  const isUnpaid = kindOfEvent({ code: answer.failure?.code }) === 'unpaid';
  const errorType: ErrorType = isUnpaid ? 'insufficient_quota' : 'provider_error';
  return { outcome: 'error', errorType };
}

/** The body was not read to its end: by the caller's will, or against it. */
export function brokenOff(
  end: Exclude<BodyEnd, { kind: 'complete' }>,
  props: Pick<ResponseProps, 'controller' | 'options'>,
  classes: ErrorClasses,
): Ending {
  if (end.kind === 'unread') return { outcome: 'abandoned' };
  const own = end.kind === 'failed' ? ownEnding(end.error) : undefined;
  if (own) return own;
  const aborted = props.controller.signal.aborted || props.options.signal?.aborted === true;
  if (end.kind === 'cancelled' || aborted) return { outcome: 'cancelled', errorType: 'cancelled' };
  return { outcome: 'error', errorType: errorTypeOf(end.error, classes), error: end.error };
}
