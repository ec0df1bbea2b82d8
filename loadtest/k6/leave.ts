import { seededPart } from './call-id.ts';
import type { Leavers } from './config.ts';

/**
 * When the caller of this iteration hangs up, in whole milliseconds after it asked; undefined where it stays. The same
 * seed sends the same callers away at the same moments.
 */
export function leavesAfterMs(
  leavers: Leavers | undefined,
  seed: number,
  scenario: string,
  iteration: number,
): number | undefined {
  if (!leavers) return undefined;
  const { share, fromMs, toMs } = leavers;
  if (seededPart(seed, `${scenario} leaves ${iteration}`) >= share) return undefined;
  return Math.round(fromMs + (toMs - fromMs) * seededPart(seed, `${scenario} leaves at ${iteration}`));
}
