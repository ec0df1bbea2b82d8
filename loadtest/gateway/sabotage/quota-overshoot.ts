import type { Limit } from '../../../src/admit/limit.ts';
import type { SabotagePlan } from './plan.ts';

/** So much more goes than the limits let go. */
const factor = 2;

export const quotaOvershoot: SabotagePlan = {
  plants: 'limits are held as if they were twice as large',
  scenarios: ['quota'],
  needs: 'limits, and a provider that enforces them',
  invariant: 'I4',
  named: 'requests over the quota',
  plant: () => ({
    options: ({ limits, ...others }) => ({
      ...others,
      ...(Array.isArray(limits) && { limits: limits.map(enlarged) }),
    }),
  }),
};

function enlarged(limit: Limit): Limit {
  const { requests, tokens } = limit;
  return {
    ...limit,
    ...(requests !== undefined && { requests: requests * factor }),
    ...(tokens !== undefined && { tokens: tokens * factor }),
  };
}
