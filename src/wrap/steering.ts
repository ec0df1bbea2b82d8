import { currentCallContext } from '../call-with.ts';
import type { Core } from './core.ts';
import { Deadline } from './deadline.ts';
import type { Doors, RequestOptions } from './doors.ts';
import type { ErrorEnds } from './last-word.ts';
import type { CallRetries } from './retrying.ts';

/** What steers the attempts of one call, where anything does. */
export interface Steering {
  readonly retries: CallRetries | undefined;
  readonly deadline: Deadline | undefined;
  readonly streamIdleMs: number | undefined;
  /** Undefined where every end of an answer is only told of. */
  readonly errorEnds: ErrorEnds | undefined;
}

/** Undefined where openai's own rules hold and nothing else. */
export function steeringOf(
  { clock, retrier, deadlineMs, streamIdleMs, errorEnds }: Core,
  client: Doors,
  given: RequestOptions,
  startedMs: number,
): Steering | undefined {
  const ofContext = currentCallContext().deadlineMs;
  const withinMs = Math.min(deadlineMs ?? Number.POSITIVE_INFINITY, ofContext ?? Number.POSITIVE_INFINITY);
  const isBound = withinMs !== Number.POSITIVE_INFINITY;
  if (!retrier && !isBound && streamIdleMs === undefined && !errorEnds) return undefined;
  return {
    // Read once, it would be sent as nothing the next time; openai 6.0 does not look.
    retries: retrier?.begin(isReadOnce(given.body) ? 0 : given.maxRetries, client.maxRetries),
    deadline: isBound
      ? new Deadline(clock, startedMs, withinMs, client.constructor, given.signal)
      : undefined,
    streamIdleMs,
    errorEnds,
  };
}

/** A copy of a call's options that says the same to openai's own loop; the caller's object is never touched. */
export function steeredOptions(given: RequestOptions, { retries, deadline }: Steering): RequestOptions {
  return {
    ...given,
    ...(retries && { maxRetries: retries.most }),
    ...(deadline && { signal: deadline.signal }),
  };
}

/** A stream, or an iterator that does not begin anew; a form, a file and a buffer can be sent again. */
function isReadOnce(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { next } = body as { next?: unknown };
  return Symbol.asyncIterator in body || (Symbol.iterator in body && typeof next === 'function');
}
