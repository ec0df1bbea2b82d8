import type { ErrorClasses } from './doors.ts';
import { ownErrorType } from './own-error.ts';

/**
 * The closed set of `error.type` on a call. An attempt that was answered has its HTTP status instead ("429"), as the
 * HTTP conventions say.
 */
export type ErrorType =
  | 'invalid_request'
  | 'authentication'
  | 'permission_denied'
  | 'not_found'
  | 'conflict'
  | 'rate_limit_exceeded'
  | 'insufficient_quota'
  | 'server_error'
  | 'overloaded'
  | 'timeout'
  | 'connection_error'
  | 'cancelled'
  /** The provider sent an error inside a good answer. */
  | 'provider_error'
  | 'malformed_response'
  | 'truncated'
  /** The call did not end within its deadline. */
  | 'deadline_exceeded'
  /** The call was still under way when `flush` was called or the process ended. */
  | 'flushed'
  | '_OTHER';

const byStatus: Readonly<Record<number, ErrorType>> = {
  400: 'invalid_request',
  401: 'authentication',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  422: 'invalid_request',
  429: 'rate_limit_exceeded',
  503: 'overloaded',
};

export function errorTypeOf(error: unknown, classes: ErrorClasses): ErrorType {
  if (typeof error !== 'object' || error === null) return '_OTHER';
  const own = ownErrorType(error);
  if (own) return own;
  const { status, code, type, name } = error as {
    status?: unknown;
    code?: unknown;
    type?: unknown;
    name?: unknown;
  };
  if (typeof status === 'number') {
    if (status === 429 && (code === 'insufficient_quota' || type === 'insufficient_quota'))
      return 'insufficient_quota';
    return byStatus[status] ?? (status >= 500 ? 'server_error' : '_OTHER');
  }
  if (isA(error, classes.APIUserAbortError) || name === 'AbortError') return 'cancelled';
  if (isA(error, classes.APIConnectionTimeoutError) || name === 'TimeoutError') return 'timeout';
  if (isA(error, classes.APIConnectionError)) return 'connection_error';
  if (error instanceof SyntaxError) return 'malformed_response';
  if (isA(error, classes.APIError)) return 'provider_error';
  // What undici throws when a socket breaks: `TypeError: terminated`, `TypeError: fetch failed`.
  if (error instanceof TypeError && /terminated|fetch failed/.test(error.message)) return 'connection_error';
  return '_OTHER';
}

function isA(error: object, errorClass: (new (...args: never[]) => Error) | undefined): boolean {
  return typeof errorClass === 'function' && error instanceof errorClass;
}
