import type { CallRun } from './call-run.ts';
import type { ErrorClasses } from './doors.ts';
import { errorTypeOf } from './error-type.ts';

/** The client takes the end of a deadline for an abort of the caller's, and says so: this is what it was. */
export function explained(run: CallRun, error: unknown, classes: ErrorClasses): unknown {
  const ended = run.steering?.deadline?.error;
  if (!ended || run.signal?.aborted) return error;
  return errorTypeOf(error, classes) === 'cancelled' ? ended : error;
}
