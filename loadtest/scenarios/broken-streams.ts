import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const brokenStreams: Scenario = badHour(
  {
    says: 'streams that are cut, reset, malformed or end in an error, before and after their first token',
    phases: await shippedPhases('broken-streams'),
  },
  { mostAmplification: 1.2, longestRecoveryMs: 5_000 },
);
