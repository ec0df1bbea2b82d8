import type { Call, CallRequest, CallResponse } from '../call.ts';

/** A call of which nothing has happened yet. */
export function newCall(request: CallRequest, startedMs: number, response: CallResponse): Call {
  return {
    request,
    startedMs,
    response,
    usage: { source: 'unknown' },
    attempts: 0,
    backoffMs: 0,
    chunks: 0,
  };
}
