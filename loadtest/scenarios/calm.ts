import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const calm: Scenario = {
  says: 'nothing goes wrong: the baseline',
  phases: await shippedPhases('baseline'),
};
