import type { BackgroundPlan } from '../background-plan.ts';
import { normal, sequence } from '../seeded.ts';

/** When a background response gets where, in milliseconds since it was taken on. */
export interface BackgroundTimes {
  readonly startsAtMs: number;
  /** When its answer is whole, or would be. */
  readonly wholeAtMs: number;
  /** When it ends: before it is whole where it fails. */
  readonly endsAtMs: number;
  readonly fails: boolean;
}

export function timesOf(
  plan: BackgroundPlan,
  seed: number,
  callId: string,
  attempt: number,
): BackgroundTimes {
  const draw = sequence(seed, `background ${attempt} ${callId}`);
  const around = (medianMs: number): number => medianMs * Math.exp(plan.sigma * normal(draw));
  const startsAtMs = around(plan.queuedMs);
  const runsMs = around(plan.runsMs);
  const fails = draw() < plan.failRate;
  const share = draw();
  return {
    startsAtMs,
    wholeAtMs: startsAtMs + runsMs,
    endsAtMs: startsAtMs + runsMs * (fails ? share : 1),
    fails,
  };
}
