import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const quotaExhausted: Scenario = badHour(
  {
    says: 'the organisation has no money left for a third of the run: 429 insufficient_quota',
    phases: await shippedPhases('quota-exhausted'),
  },
  // Nobody is helped by a second request.
  { mostAmplification: 1, longestRecoveryMs: 5_000 },
);
