import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import { failureBody, limitOf, rateLimitBody, refusalBody, waitOf } from '../chaos/overload-bodies.ts';
import type { Exchange } from '../exchange.ts';
import { type ErrorFault, isRateLimit, type RateLimitFault, type RetryAdvice } from '../faults.ts';
import { limitHeaders, retryAfterDate, retryAfterHeaders } from '../headers.ts';
import { deliverJson } from './whole.ts';

export function deliverError(exchange: Exchange, fault: RateLimitFault | ErrorFault, clock: Clock): void {
  const asked = askedWait(fault, clock);
  if (asked.toldMs !== undefined) exchange.entry.retryAfterMs = asked.toldMs;
  const { shouldRetry } = fault;
  const advice = {
    ...asked.headers,
    ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
  };
  if (!isRateLimit(fault)) {
    deliverJson(exchange, fault.status, failureBody(fault), advice);
  } else if (fault.code === undefined || fault.code === 'rate_limit_exceeded') {
    deliverRateLimit(exchange, fault, advice);
  } else {
    deliverJson(exchange, 429, refusalBody(fault.code), advice);
  }
}

function deliverRateLimit(exchange: Exchange, fault: RateLimitFault, advice: OutgoingHttpHeaders): void {
  const { gate } = exchange.run;
  const { model } = exchange.entry;
  const limit = limitOf(fault, gate?.requestsPerMinute(model));
  const waitMs = fault.retryAfterMs ?? waitOf(limit);
  // Limits that are enforced have told theirs already.
  const quota = gate ? {} : limitHeaders(limit.unit, { limit: limit.amount, remaining: 0, resetMs: waitMs });
  deliverJson(exchange, 429, rateLimitBody(model, limit, waitMs), { ...quota, ...advice });
}

/** What the ledger says is told is what a client can obey: of a text, nothing. */
function askedWait(
  { retryAfterMs, retryAfterHeader = 'both', retryAfterText, retryAfterMsText }: RetryAdvice,
  clock: Clock,
): { readonly headers: OutgoingHttpHeaders; readonly toldMs?: number } {
  if (retryAfterMs === undefined) {
    return {
      headers: {
        ...(retryAfterText === undefined ? {} : { 'retry-after': retryAfterText }),
        ...(retryAfterMsText === undefined ? {} : { 'retry-after-ms': retryAfterMsText }),
      },
    };
  }
  if (retryAfterHeader === 'date') return retryAfterDate(retryAfterMs, clock.epochMs());
  return retryAfterHeaders(retryAfterMs, retryAfterHeader);
}
