/** What is known of an answer that is an error. */
export interface ErrorAnswer {
  readonly status: number;
  /** The header `x-should-retry`. */
  readonly shouldRetry: string | null | undefined;
  /** Of the error in its body, where that was read. */
  readonly error: ErrorFields | undefined;
}

/** The fields of OpenAI's error object. */
export interface ErrorFields {
  readonly code?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
}

/** Whether an answer that is an error may be another one when it is asked for again. */
export function isRetriableAnswer({ status, shouldRetry, error }: ErrorAnswer): boolean {
  // No money and no smaller request come of trying again, whatever else the server says.
  if (isHopeless(error)) return false;
  if (shouldRetry === 'true') return true;
  if (shouldRetry === 'false') return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Whether an error inside an event stream is of that kind. One whose kind is not known is not. */
export function isRetriableEvent(error: ErrorFields): boolean {
  if (isHopeless(error)) return false;
  const { code, type } = error;
  return retriable.has(String(code)) || retriable.has(String(type)) || isRetriableStatus(Number(code));
}

/** Whether an error inside an event stream says that too much was asked for, rather than that the provider is ill. */
export function isThrottle({ code, type }: ErrorFields): boolean {
  return throttles.has(String(code)) || throttles.has(String(type)) || Number(code) === 429;
}

function isHopeless(error: ErrorFields | undefined): boolean {
  if (!error) return false;
  const { code, type, message } = error;
  return (
    hopeless.has(String(code)) ||
    hopeless.has(String(type)) ||
    (typeof message === 'string' && /^Request too large\b/i.test(message))
  );
}

function isRetriableStatus(code: number): boolean {
  return code === 408 || code === 409 || code === 429 || (code >= 500 && code < 600);
}

const hopeless: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'context_length_exceeded',
  'request_too_large',
]);

const throttles: ReadonlySet<string> = new Set([
  'slow_down',
  'rate_limit_exceeded',
  'rate_limit_error',
  'requests',
  'tokens',
]);

const retriable: ReadonlySet<string> = new Set([
  'server_error',
  'internal_error',
  'internal_server_error',
  'service_unavailable',
  'service_unavailable_error',
  'server_is_overloaded',
  'overloaded',
  'overloaded_error',
  'timeout',
  ...throttles,
]);
