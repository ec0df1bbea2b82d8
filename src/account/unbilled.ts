import type { Call } from '../call.ts';

/**
 * Whether a call without tokens is known to have cost nothing, rather than something that nobody says:
 *
 * - nothing was sent for it, or Telltale refused it;
 * - the provider answered it with an error status: providers bill answers, not errors;
 * - it read or deleted something, stopped a Response or a batch, kept something without a model (a file, the items of a
 *   conversation), or asked for a moderation, which OpenAI gives away;
 * - it began a Response in the background, or a batch, whose cost is not known yet and is on the call that brings it.
 *
 * A Response in the background, or a batch, of which it is told that it is over, and not what it used, may have cost something: that
 * counts once, for the call that was told first.
 *
 * A call that was sent and got no answer (a timeout, a broken connection, a cancellation) may have been served and
 * billed all the same, so its cost is unknown.
 */
export function isUnbilled(call: Call): boolean {
  if (call.usage.source !== 'unknown') return false;
  if (call.job) return call.job.part === 'begins';
  const { method, route } = call.request;
  return (
    call.attempts === 0 ||
    call.outcome === 'refused' ||
    method === 'GET' ||
    method === 'DELETE' ||
    freeRoutes.has(route) ||
    hasErrorStatus(call.error)
  );
}

/** Asked with POST, and free: no model works for them. */
const freeRoutes: ReadonlySet<string> = new Set([
  '/moderations',
  '/responses/{id}/cancel',
  '/batches/{id}/cancel',
  '/files',
  '/uploads',
  '/uploads/{id}/parts',
  '/uploads/{id}/complete',
  '/uploads/{id}/cancel',
  '/conversations',
  '/conversations/{id}',
  '/conversations/{id}/items',
]);

function hasErrorStatus(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status >= 400;
}
