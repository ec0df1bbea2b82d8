import { badHour, resilient } from './resilience.ts';
import type { Scenario } from './scenario.ts';

export const slow: Scenario = badHour(
  {
    says: 'requests that hang, streams that drip and streams that stall',
    phases: [
      { name: 'calm', share: 1 / 4, faults: [], says: '' },
      {
        name: 'slow',
        share: 1 / 3,
        faults: [
          { kind: 'hang', rate: 0.05 },
          { kind: 'drip', rate: 0.1, gapMs: 100 },
          { kind: 'stall', rate: 0.1, afterChunks: 0 },
        ],
        says: '5 % hang; of the streams 10 % send a token every 100 ms, 10 % stall before their first',
      },
      { name: 'calm-again', share: 5 / 12, faults: [], says: '' },
    ],
    jsonPerSecond: 40,
    options: () => ({ ...resilient, streamIdleMs: 3_000 }),
  },
  { leastSuccess: 0.99, mostAmplification: 1.2, longestRecoveryMs: 5_000 },
);
