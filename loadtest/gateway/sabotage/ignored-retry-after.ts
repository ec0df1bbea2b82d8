import { forgetWait, misread } from './misread.ts';
import type { SabotagePlan } from './plan.ts';

export const ignoredRetryAfter: SabotagePlan = {
  plants: 'a Retry-After is not read at all: told to wait, it waits by its own backoff',
  scenarios: ['retry-after'],
  needs: 'errors with a Retry-After, and no limits, which would hold a retry back',
  invariant: 'I5',
  named: 'ignored Retry-After',
  plant: () => ({ within: (client) => misread(client, forgetWait) }),
};
