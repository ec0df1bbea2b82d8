import type { Limit } from '../../../src/admit/limit.ts';
import { doorsOf } from './doors.ts';
import { changeHeaders } from './misread.ts';
import type { SabotagePlan } from './plan.ts';

/** So much more goes than the limits let go. */
const factor = 2;

export const quotaOvershoot: SabotagePlan = {
  plants: 'limits are held as if they were twice as large, and the provider’s headers do not correct them',
  scenarios: ['quota'],
  needs: 'limits, and a provider that enforces them',
  invariant: 'I4',
  named: 'requests over the quota',
  plant: () => ({
    beneath(client) {
      const doors = doorsOf(client);
      const { fetch } = doors;
      doors.fetch = async (...args) => {
        const response = await fetch(...args);
        changeHeaders(response, forgetQuota);
        return response;
      };
    },
    options: ({ limits, ...others }) => ({
      ...others,
      ...(Array.isArray(limits) && { limits: limits.map(enlarged) }),
    }),
  }),
};

function forgetQuota(headers: Headers): void {
  for (const name of [...headers.keys()]) if (name.startsWith('x-ratelimit-')) headers.delete(name);
}

function enlarged(limit: Limit): Limit {
  const { requests, tokens } = limit;
  return {
    ...limit,
    ...(requests !== undefined && { requests: requests * factor }),
    ...(tokens !== undefined && { tokens: tokens * factor }),
  };
}
