import { badHour, resilient } from './resilience.ts';
import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** So often the load fits into the limit: what waited in the storm is soon let go behind it. */
const headroom = 10;

/**
 * With limits, even generous ones, a 429 closes the model's gate until the time that it names: what is offered meanwhile
 * waits here instead of making the storm.
 */
export const storm: Scenario = badHour(
  {
    says: '429 with Retry-After 1 s on every request for a sixth of the run',
    phases: await shippedPhases('storm'),
    options: ({ callsPerSecond }) => ({
      ...resilient,
      limits: [{ requests: callsPerSecond * 60 * headroom, per: 'minute' }],
      mode: 'mirror',
    }),
  },
  { leastSuccess: 0.99, mostAmplification: 1.6, longestRecoveryMs: 5_000 },
);
