import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';

export const brownout: Scenario = badHour(
  {
    says: '503 on half of all requests for a sixth of the run',
    phases: [
      { name: 'calm', share: 1 / 4, faults: [], says: '' },
      {
        name: 'brownout',
        share: 1 / 6,
        faults: [{ status: 503, rate: 0.5 }],
        says: '503 on 50 % of requests',
      },
      { name: 'calm-again', share: 7 / 12, faults: [], says: '' },
    ],
  },
  { leastSuccess: 0.99, longestRecoveryMs: 5_000 },
);
