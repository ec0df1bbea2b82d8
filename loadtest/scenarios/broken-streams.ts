import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';

export const brokenStreams: Scenario = badHour(
  {
    says: 'streams that are cut, reset, malformed or end in an error, before and after their first token',
    phases: [
      { name: 'calm', share: 1 / 4, faults: [], says: '' },
      {
        name: 'broken',
        share: 1 / 2,
        faults: [
          { kind: 'reset-midstream', rate: 0.1, afterChunks: 0 },
          { kind: 'error-event', rate: 0.1, afterChunks: 0 },
          { kind: 'cut', rate: 0.05 },
          { kind: 'reset-midstream', rate: 0.05 },
          { kind: 'malformed', rate: 0.05 },
          { kind: 'error-event', rate: 0.05 },
        ],
        says: 'of the streams 20 % break before their first token, 20 % after it',
      },
      { name: 'calm-again', share: 1 / 4, faults: [], says: '' },
    ],
  },
  { mostAmplification: 1.2, longestRecoveryMs: 5_000 },
);
