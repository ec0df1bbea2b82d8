import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/**
 * In its storm half of the requests are refused, so a call's three attempts all fail one time in eight; in its brownout two
 * in five fail, so all three one time in sixteen.
 */
export const chaos: Scenario = {
  says: 'calm, a storm of 429, a brownout of 503, calm again',
  phases: await shippedPhases('chaos'),
};
