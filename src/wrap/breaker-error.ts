import type { Attempt } from '../call.ts';
import { TelltaleError } from '../errors.ts';
import type { ErrorClasses } from './doors.ts';

/**
 * What the caller catches when a circuit breaker refuses: what an overloaded provider would have said, status 503 with
 * `retry-after`. Its `code` and its cause say who really said it; the cause of that is what the attempt before failed with.
 */
export function breakerError(
  breaker: string,
  retryInMs: number,
  last: Attempt | undefined,
  classes: ErrorClasses,
): Error {
  const retryAfterMs = Math.max(Math.ceil(retryInMs), 0);
  const message = `The circuit breaker of \`${breaker}\` is open, because the provider failed too often of late: nothing was sent. Ask again in about ${retryAfterMs} ms.`;
  const cause = last && failureOf(last, classes);
  const refusal = new TelltaleError('breaker_open', message, {
    breaker,
    retryAfterMs,
    ...(cause !== undefined && { cause }),
  });
  const { InternalServerError } = classes;
  if (!InternalServerError) return refusal;
  const headers = new Headers({
    'x-should-retry': 'false',
    'retry-after': String(Math.ceil(retryAfterMs / 1_000)),
    'retry-after-ms': String(retryAfterMs),
  });
  const { code } = refusal;
  const body = { message, type: 'telltale', code, param: null };
  const error = new InternalServerError(503, body, message, headers);
  error.cause = refusal;
  return error;
}

/** The client throws away the body of an answer after which it tries again, so only its status and headers are left. */
function failureOf({ error, status, headers }: Attempt, { APIError }: ErrorClasses): unknown {
  if (error !== undefined || status === undefined) return error;
  return APIError?.generate?.(status, undefined, undefined, headers ?? new Headers());
}
