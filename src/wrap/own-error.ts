import { TelltaleError } from '../errors.ts';
import type { ErrorClasses } from './doors.ts';
import type { ErrorType } from './error-type.ts';

/** The client's own time-out error, which callers catch already; its cause says who ended the call, and why. */
export function timeoutError(classes: ErrorClasses, cause: TelltaleError): Error {
  const { APIConnectionTimeoutError } = classes;
  if (!APIConnectionTimeoutError) return cause;
  const error: Error = new APIConnectionTimeoutError({ message: cause.message });
  error.cause = cause;
  return error;
}

/** What an error of ours is called, where it is one that ended a call which was under way. */
export function ownErrorType(error: unknown): ErrorType | undefined {
  const cause = error instanceof Error ? (error instanceof TelltaleError ? error : error.cause) : undefined;
  if (!(cause instanceof TelltaleError)) return undefined;
  if (cause.code === 'deadline_exceeded') return 'deadline_exceeded';
  return cause.code === 'stream_idle' ? 'timeout' : undefined;
}
