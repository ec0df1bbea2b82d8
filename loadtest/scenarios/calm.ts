import type { Scenario } from './scenario.ts';

export const calm: Scenario = {
  says: 'nothing goes wrong: the baseline',
  phases: [{ name: 'calm', share: 1, faults: [], says: '' }],
};
