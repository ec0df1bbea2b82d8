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

/** What an error inside an event stream says of the provider; `'other'` where it says nothing of it. */
export type EventKind = 'ill' | 'throttled' | 'unpaid' | 'other';

/** The same for an error in a stream as its status would say in front of one. */
export function kindOfEvent({ code, type }: ErrorFields): EventKind {
  const isNamed = (names: ReadonlySet<string>): boolean => names.has(String(code)) || names.has(String(type));
  if (isNamed(unpaid)) return 'unpaid';
  if (isNamed(oversize)) return 'other';
  if (isNamed(throttles) || Number(code) === 429) return 'throttled';
  return isNamed(illnesses) || isRetriableStatus(Number(code)) ? 'ill' : 'other';
}

/** Whether an error inside an event stream may be another answer when it is asked for again. */
export function isRetriableEvent(error: ErrorFields): boolean {
  const kind = kindOfEvent(error);
  return (kind === 'ill' || kind === 'throttled') && !isHopeless(error);
}

function isHopeless(error: ErrorFields | undefined): boolean {
  if (!error) return false;
  const { code, type, message } = error;
  return (
    [code, type].some((name) => unpaid.has(String(name)) || oversize.has(String(name))) ||
    (typeof message === 'string' && /^Request too large\b/i.test(message))
  );
}

function isRetriableStatus(code: number): boolean {
  return code === 408 || code === 409 || code === 429 || (code >= 500 && code < 600);
}

/** What only money ends. */
const unpaid: ReadonlySet<string> = new Set(['insufficient_quota', 'billing_hard_limit_reached']);

const oversize: ReadonlySet<string> = new Set(['context_length_exceeded', 'request_too_large']);

const throttles: ReadonlySet<string> = new Set([
  'slow_down',
  'rate_limit_exceeded',
  'rate_limit_error',
  'requests',
  'tokens',
]);

const illnesses: ReadonlySet<string> = new Set([
  'server_error',
  'internal_error',
  'internal_server_error',
  'service_unavailable',
  'service_unavailable_error',
  'server_is_overloaded',
  'overloaded',
  'overloaded_error',
  'timeout',
  'vector_store_timeout',
]);
