import { badHour } from './resilience.ts';
import type { Scenario } from './scenario.ts';

export const retryAfter: Scenario = badHour(
  {
    says: 'errors that say when to come again in every way: soon, at a date, in the past, in an hour, and not in time',
    phases: [
      { name: 'calm', share: 1 / 4, faults: [], says: '' },
      {
        name: 'odd-answers',
        share: 1 / 2,
        faults: [
          { status: 429, rate: 0.08, retryAfterMs: 1_000 },
          { status: 503, rate: 0.08, retryAfterMs: 1_500, retryAfterHeader: 'date' },
          { status: 503, rate: 0.05, retryAfterMs: 0 },
          { status: 429, rate: 0.05, retryAfterText: '-5' },
          { status: 503, rate: 0.05, retryAfterText: 'soon' },
          { status: 503, rate: 0.01, retryAfterMs: 3_600_000 },
        ],
        says: '32 % errors with Retry-After of 1 s, 0 s, -5, a date, `soon`; 1 % ask for an hour',
      },
      { name: 'calm-again', share: 1 / 4, faults: [], says: '' },
    ],
  },
  // Who is asked to wait an hour is told so at once: half of the run, one request in a hundred.
  { leastSuccess: 0.98, mostAmplification: 1.6, longestRecoveryMs: 5_000 },
);
