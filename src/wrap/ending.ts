import type { Outcome } from '../call.ts';
import type { Answer } from '../send/answer.ts';
import type { BodyEnd } from '../send/body-watch.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { type ErrorType, errorTypeOf } from './error-type.ts';
import { ownErrorType } from './own-error.ts';

/** How a call ended, and what is to be said of it. */
export interface Ending {
  readonly outcome: Outcome;
  readonly errorType?: ErrorType;
  readonly error?: unknown;
}

/** The whole answer is here: what was it worth? */
export function endingOf(run: CallRun): Ending {
  const { answer } = run;
  const { endpoint } = run.call.request;
  if (answer.failure) return failedEnding(answer);
  if (answer.malformed) return { outcome: 'error', errorType: 'malformed_response' };
  const generates = endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions';
  const billed =
    (answer.usage?.outputTokens ?? 0) > 0 || answer.response.finishReasons?.includes('length') === true;
  return { outcome: generates && answer.finished && !answer.visible && billed ? 'empty' : 'ok' };
}

/** The provider sent an error inside a good answer. */
export function failedEnding(answer: Answer): Ending {
  const errorType: ErrorType =
    answer.failure?.code === 'insufficient_quota' ? 'insufficient_quota' : 'provider_error';
  return { outcome: 'error', errorType };
}

/** The body was not read to its end: by the caller's will, or against it. */
export function brokenOff(
  end: Exclude<BodyEnd, { kind: 'complete' }>,
  props: Pick<ResponseProps, 'controller' | 'options'>,
  classes: ErrorClasses,
): Ending {
  if (end.kind === 'unread') return { outcome: 'abandoned' };
  const own = end.kind === 'failed' ? ownErrorType(end.error) : undefined;
  if (own && end.kind === 'failed') return { outcome: 'error', errorType: own, error: end.error };
  const aborted = props.controller.signal.aborted || props.options.signal?.aborted === true;
  if (end.kind === 'cancelled' || aborted) return { outcome: 'cancelled', errorType: 'cancelled' };
  return { outcome: 'error', errorType: errorTypeOf(end.error, classes), error: end.error };
}
