import type { Call, Outcome } from '../call.ts';

/**
 * Whether a call failed, for whoever made it: the outcomes `error`, `refused`, `truncated` and `empty`. What its caller
 * stopped, or did not read, did not fail.
 */
export function isFailed({ outcome }: Call): boolean {
  return outcome === 'error' || outcome === 'refused' || outcome === 'truncated' || outcome === 'empty';
}

/** Whether what a call with this outcome cost bought nothing usable. */
export const wasteful: Readonly<Record<Outcome, boolean>> = {
  ok: false,
  error: true,
  refused: false,
  cancelled: true,
  truncated: true,
  empty: true,
  abandoned: false,
};
