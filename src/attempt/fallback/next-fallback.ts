import type { FallbackRule, FallbackTarget } from './fallback-options.ts';

/** Why a call goes on elsewhere. A closed set. */
export type FallbackReason =
  /** 5xx, a connection that failed, a time-out, or a circuit breaker that is open. */
  | 'ill'
  /** 429 after all retries, money that is spent there, or a limit with no room in time. */
  | 'throttled'
  /** A budget that does not hold it. */
  | 'over_budget';

const reasons: Readonly<Record<string, FallbackReason>> = {
  server_error: 'ill',
  overloaded: 'ill',
  timeout: 'ill',
  connection_error: 'ill',
  breaker_open: 'ill',
  rate_limit_exceeded: 'throttled',
  insufficient_quota: 'throttled',
  queue_full: 'throttled',
  wait_too_long: 'throttled',
  deadline_exceeded: 'throttled',
  oversize: 'throttled',
  store_unavailable: 'throttled',
  budget_exceeded: 'over_budget',
};

/** Why a call that failed in this way may go on elsewhere; undefined where it may not: the caller's own mistakes, and aborts. */
export function fallbackReason(errorType: string): FallbackReason | undefined {
  return Object.hasOwn(reasons, errorType) ? reasons[errorType] : undefined;
}

/** Somebody who was asked, or is to be. */
export interface Asked extends FallbackTarget {
  readonly model: string;
}

export interface FallbackStep extends Asked {
  readonly reason: FallbackReason;
}

/** A call without an answer. */
export interface FailedCall {
  /** Of the last that was asked: the call's `error.type`, or the code of what refused it. */
  readonly errorType: string;
  /** Who was asked so far, in order. The first is what the caller wanted. */
  readonly tried: readonly [Asked, ...Asked[]];
  /** What is left of the call's deadline, in milliseconds; undefined where it has none. */
  readonly leftMs?: number;
}

/**
 * Who is asked next: the first in the list of the model that the caller wanted who was not asked yet. Undefined where
 * the call has failed for good.
 */
export function nextFallback(
  rules: readonly FallbackRule[],
  { errorType, tried, leftMs }: FailedCall,
): FallbackStep | undefined {
  const reason = fallbackReason(errorType);
  if (reason === undefined || (leftMs !== undefined && leftMs <= 0)) return undefined;
  const wanted = tried[0].model;
  const rule = rules.find(({ pattern }) => pattern.fits(wanted));
  for (const target of rule?.targets ?? []) {
    const next: Asked = { client: target.client, model: target.model ?? wanted };
    if (!tried.some((one) => one.client === next.client && one.model === next.model))
      return { ...next, reason };
  }
  return undefined;
}
