import { badHour, resilient } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const slow: Scenario = badHour(
  {
    says: 'requests that hang, streams that drip and streams that stall',
    phases: await shippedPhases('slow'),
    jsonPerSecond: 40,
    options: () => ({ ...resilient, streamIdleMs: 3_000 }),
  },
  { leastSuccess: 0.99, mostAmplification: 1.2, longestRecoveryMs: 5_000 },
);
