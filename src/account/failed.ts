import type { Call, Outcome } from '../call.ts';

/**
 * Whether a call failed, for whoever made it: the outcomes `error`, `refused`, `truncated` and `empty`. What its caller
 * stopped, or did not read, did not fail.
 */
export function isFailed({ outcome }: Call): boolean {
  return outcome === 'error' || outcome === 'refused' || outcome === 'truncated' || outcome === 'empty';
}

/** Ends of a call that leave nothing usable for what it cost. */
export type WastefulOutcome = 'error' | 'cancelled' | 'truncated' | 'empty';

/** Whether what a call with this outcome cost bought nothing usable. */
export function isWasteful(outcome: Outcome): outcome is WastefulOutcome {
  return outcome === 'error' || outcome === 'cancelled' || outcome === 'truncated' || outcome === 'empty';
}
