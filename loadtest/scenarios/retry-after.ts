import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const retryAfter: Scenario = badHour(
  {
    says: 'errors that say when to come again in every way: soon, at a date, in the past, in an hour, and not in time',
    phases: await shippedPhases('retry-after'),
  },
  // Who is asked to wait an hour is told so at once: half of the run, one request in a hundred.
  { leastSuccess: 0.98, mostAmplification: 1.6, longestRecoveryMs: 5_000 },
);
