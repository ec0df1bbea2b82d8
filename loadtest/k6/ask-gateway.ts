import http, { type RefinedResponse } from 'k6/http';
import { traceparentOf } from './call-id.ts';
import type { Ask } from './mix.ts';

/** k6's own numbers for what became of a request. */
const requestTimeout = 1050;
const connectionRefused = 1212;

/** What one gateway answered, and which it was. */
export interface Answered {
  readonly response: RefinedResponse<'text'>;
  readonly gateway: number;
  /** The caller hung up before it had its answer. */
  readonly hasLeft: boolean;
}

/** Gateways that do not listen any more. Each virtual user learns that for itself, as each instance of a proxy does. */
const gone = new Set<number>();

/**
 * Asks the gateway whose turn it is. One that refuses the connection has not heard of the call, so the next one is asked
 * instead, as a load balancer does.
 */
export function askGateway(
  urls: readonly string[],
  turn: number,
  { callId, ask, leavesAfterMs }: { callId: string; ask: Ask; leavesAfterMs: number | undefined },
): Answered {
  const params = {
    headers: { 'content-type': 'application/json', traceparent: traceparentOf(callId), 'x-call-id': callId },
    timeout: leavesAfterMs === undefined ? '60s' : `${leavesAfterMs}ms`,
  };
  const body = JSON.stringify(ask);
  for (let step = 0; ; step++) {
    const gateway = (turn + step) % urls.length;
    const isLast = step === urls.length - 1;
    if (gone.has(gateway) && !isLast) continue;
    const response = http.post(`${urls[gateway]}${ask.path}`, body, params);
    if (response.error_code === connectionRefused && !isLast) {
      gone.add(gateway);
      continue;
    }
    const hasLeft = leavesAfterMs !== undefined && response.error_code === requestTimeout;
    return { response, gateway, hasLeft };
  }
}
