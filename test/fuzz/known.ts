import type { Call } from '../../src/index.ts';
import type { Run } from './perform-plan.ts';
import type { Plan } from './plan.ts';
import type { Truth } from './truth.ts';

/** All that is known of a run when what was told of it is judged. */
export interface Facts {
  readonly plan: Plan;
  readonly run: Run;
  readonly truth: Truth;
  readonly call: Readonly<Call>;
  readonly major: 6 | 7;
}

/** Where bare and observed client are known to differ and nobody has mended it yet: these plans are not made. */
export const knownDifferences: Readonly<Record<string, (plan: Plan) => boolean>> = {};

/** Where what is told of a call is known not to be true, and nobody has mended it yet. */
export const knownLies: Readonly<Record<string, (facts: Facts) => boolean>> = {};

export function isKnown(plan: Plan): boolean {
  return Object.values(knownDifferences).some((is) => is(plan));
}

export function isKnownLie(facts: Facts): boolean {
  return Object.values(knownLies).some((is) => is(facts));
}
