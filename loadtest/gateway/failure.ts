import OpenAI from 'openai';
import type { Seen } from './whole-calls.ts';

/** What the caller got when the client threw. */
export function seenOfError(error: unknown): Seen {
  const seen = {
    errorClass: error instanceof Error ? error.constructor.name : typeof error,
    errorMessage: error instanceof Error ? error.message.slice(0, 200) : String(error),
  };
  if (error instanceof OpenAI.APIUserAbortError) return { outcome: 'cancelled', ...seen };
  if (!(error instanceof OpenAI.APIError)) return { outcome: 'error', ...seen };
  return {
    outcome: 'error',
    ...seen,
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.requestID ? { requestId: error.requestID } : {}),
  };
}

const clientClosedRequest = 499;

/** The gateway's HTTP status: the provider's own where it gave one, as a gateway passes it on. */
export function httpStatusOf({ outcome, status, errorClass }: Seen): number {
  if (outcome === 'ok' || outcome === 'empty' || outcome === 'truncated') return 200;
  if (outcome === 'cancelled') return clientClosedRequest;
  return status ?? (errorClass === 'APIConnectionTimeoutError' ? 504 : 502);
}
