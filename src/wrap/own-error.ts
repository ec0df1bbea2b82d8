import { TelltaleError, type TelltaleErrorCode } from '../errors.ts';
import type { ErrorClasses } from './doors.ts';
import type { Ending } from './ending.ts';
import type { ErrorType } from './error-type.ts';

/** The client's own time-out error, which callers catch already; its cause says who ended the call, and why. */
export function timeoutError(classes: ErrorClasses, cause: TelltaleError): Error {
  const { APIConnectionTimeoutError } = classes;
  if (!APIConnectionTimeoutError) return cause;
  const error: Error = new APIConnectionTimeoutError({ message: cause.message });
  error.cause = cause;
  return error;
}

/** An error of the kind that the client throws for an answer; its cause says what was wrong with that. */
export function answerError({ APIError }: ErrorClasses, cause: TelltaleError): Error {
  if (!APIError) return cause;
  const { message, code } = cause;
  const error = new APIError(undefined, { message, code, type: 'telltale' }, message, undefined);
  error.cause = cause;
  return error;
}

/** How a call ended whose caller got an error of ours. */
export function ownEnding(error: unknown): Ending | undefined {
  const errorType = ownErrorType(error);
  if (!errorType) return isOurs(error, 'empty') ? { outcome: 'empty', error } : undefined;
  return { outcome: errorType === 'truncated' ? 'truncated' : 'error', errorType, error };
}

/** What an error of ours is called, where it is one that ended a call which was under way. */
export function ownErrorType(error: unknown): ErrorType | undefined {
  if (isOurs(error, 'deadline_exceeded')) return 'deadline_exceeded';
  if (isOurs(error, 'stream_idle')) return 'timeout';
  return isOurs(error, 'truncated') ? 'truncated' : undefined;
}

function isOurs(error: unknown, code: TelltaleErrorCode): boolean {
  const cause = error instanceof Error && !(error instanceof TelltaleError) ? error.cause : error;
  return cause instanceof TelltaleError && cause.code === code;
}
