import { badHour, resilient } from './resilience.ts';
import type { Scenario } from './scenario.ts';

/**
 * With limits, even generous ones, a 429 closes the model's gate until the time that it names: what is offered meanwhile
 * waits here instead of making the storm.
 */
export const storm: Scenario = badHour(
  {
    says: '429 on half of all requests for a sixth of the run, most with Retry-After 1 s',
    phases: [
      { name: 'calm', share: 1 / 4, faults: [], says: '' },
      {
        name: 'storm',
        share: 1 / 6,
        faults: [
          { status: 429, rate: 0.3, retryAfterMs: 1_000 },
          { status: 429, rate: 0.2 },
        ],
        says: '429 on 50 % of requests, most with Retry-After 1 s',
      },
      { name: 'calm-again', share: 7 / 12, faults: [], says: '' },
    ],
    options: ({ callsPerSecond }) => ({
      ...resilient,
      limits: [{ requests: callsPerSecond * 120, per: 'minute' }],
      mode: 'mirror',
    }),
  },
  { leastSuccess: 0.99, mostAmplification: 1.6, longestRecoveryMs: 5_000 },
);
