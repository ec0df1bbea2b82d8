import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';

export const quotaExhausted: Scenario = badHour(
  {
    says: 'the organisation has no money left for a third of the run: 429 insufficient_quota',
    phases: [
      { name: 'calm', share: 1 / 3, faults: [], says: '' },
      {
        name: 'no-money',
        share: 1 / 3,
        faults: [{ status: 429, code: 'insufficient_quota', rate: 1 }],
        says: '429 insufficient_quota on every request',
      },
      { name: 'calm-again', share: 1 / 3, faults: [], says: '' },
    ],
  },
  // Nobody is helped by a second request.
  { mostAmplification: 1, longestRecoveryMs: 5_000 },
);
