import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const brownout: Scenario = badHour(
  {
    says: '503 on half of all requests for a sixth of the run',
    phases: await shippedPhases('brownout'),
  },
  { leastSuccess: 0.99, longestRecoveryMs: 5_000 },
);
