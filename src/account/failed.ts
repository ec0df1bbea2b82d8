import type { Call, Outcome } from '../call.ts';

/**
 * Whether a call failed, for whoever made it: the outcomes `error`, `refused`, `truncated` and `empty`. What its caller
 * stopped, or did not read, did not fail.
 */
export function isFailed({ outcome }: Call): boolean {
  return outcome === 'error' || outcome === 'refused' || outcome === 'truncated' || outcome === 'empty';
}

/** Ends of a call that leave nothing usable for what it cost. */
export const wastefulOutcomes = ['error', 'cancelled', 'truncated', 'empty'] as const;
export type WastefulOutcome = (typeof wastefulOutcomes)[number];

/** Whether what a call with this outcome cost bought nothing usable. */
export function isWasteful(outcome: Outcome): outcome is WastefulOutcome {
  return wastefulOutcomes.some((one) => one === outcome);
}
