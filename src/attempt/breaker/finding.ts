import type { Attempt } from '../../call.ts';
import { kindOfEvent } from '../classify.ts';
import type { Finding } from './breaker.ts';

const illErrorTypes: readonly (string | undefined)[] = ['timeout', 'connection_error', 'truncated'];

/**
 * What an attempt that is over says of the provider's health. Ill: a status of 500 or more, a connection that failed
 * or broke, a time-out of the client, a stream that ended without its finish, and an error in a good answer that says
 * that it is the provider's. Well: an answer, also one that the caller stopped reading. Nothing: what the caller did
 * wrong or took back (4xx, an abort), 408, 409 and every 429, and what nobody can tell.
 *
 * @param failureCode of an error that came inside a good answer
 */
export function findingOf(attempt: Attempt, failureCode?: string): Finding {
  const { sent, status, errorType, call } = attempt;
  if (!sent) return 'none';
  if (status !== undefined && status >= 400) return status >= 500 ? 'ill' : 'none';
  if (illErrorTypes.includes(errorType)) return 'ill';
  // As long as nothing came, the end of a deadline is a time-out like the client's own.
  if (errorType === 'deadline_exceeded') return status === undefined ? 'ill' : 'none';
  if (errorType === 'provider_error') return kindOfEvent({ code: failureCode }) === 'ill' ? 'ill' : 'none';
  // It had begun to speak.
  if (errorType === 'cancelled' || call.outcome === 'abandoned') return call.chunks > 0 ? 'good' : 'none';
  return errorType === undefined && status !== undefined ? 'good' : 'none';
}
