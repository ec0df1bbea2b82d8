import type { Call } from '../call.ts';

/**
 * Whether a call without tokens is known to have cost nothing, rather than something that nobody says:
 *
 * - nothing was sent for it, or Telltale refused it;
 * - the provider answered it with an error status: providers bill answers, not errors;
 * - it read or deleted something, or asked for a moderation, which OpenAI gives away.
 *
 * A call that was sent and got no answer (a timeout, a broken connection, a cancellation) may have been served and
 * billed all the same, so its cost is unknown.
 */
export function isUnbilled(call: Call): boolean {
  if (call.usage.source !== 'unknown') return false;
  const { method, route } = call.request;
  return (
    call.attempts === 0 ||
    call.outcome === 'refused' ||
    method === 'GET' ||
    method === 'DELETE' ||
    route === '/moderations' ||
    hasErrorStatus(call.error)
  );
}

function hasErrorStatus(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400;
}
