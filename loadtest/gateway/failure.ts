import OpenAI from 'openai';
import { TelltaleError } from '../../src/errors.ts';
import type { Seen } from './whole-calls.ts';

/** What the caller got when the client threw. */
export function seenOfError(error: unknown): Seen {
  const seen = {
    errorClass: error instanceof Error ? error.constructor.name : typeof error,
    errorMessage: error instanceof Error ? error.message.slice(0, 200) : String(error),
  };
  if (error instanceof OpenAI.APIUserAbortError) return { outcome: 'cancelled', ...seen };
  if (!(error instanceof OpenAI.APIError)) return { outcome: 'error', ...seen };
  const retryAfterMs = Number.parseFloat(error.headers?.get('retry-after-ms') ?? '');
  return {
    // The wrapper did not let it go: it says so in the cause of what the client would have thrown.
    outcome: isRefusal(error) ? 'refused' : 'error',
    ...seen,
    ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.requestID ? { requestId: error.requestID } : {}),
  };
}

/** Of a call that was under way the end of its time, and of its stream's, is no refusal. */
function isRefusal(error: Error): boolean {
  if (!(error.cause instanceof TelltaleError)) return false;
  return !(error instanceof OpenAI.APIConnectionTimeoutError);
}

/** As nginx logs it: the caller did not wait for the answer. */
export const clientClosedRequest = 499;

/** The gateway's HTTP status: the provider's own where it gave one, as a gateway passes it on. */
export function httpStatusOf({ outcome, status, errorClass }: Seen): number {
  if (outcome === 'ok' || outcome === 'empty' || outcome === 'truncated') return 200;
  if (outcome === 'cancelled') return clientClosedRequest;
  return status ?? (errorClass === 'APIConnectionTimeoutError' ? 504 : 502);
}
