import { forgetWait, misread } from './misread.ts';
import type { SabotagePlan } from './plan.ts';

export const earlyRetry: SabotagePlan = {
  plants: 'the seconds of a Retry-After are taken for milliseconds, so retries come too early',
  scenarios: ['retry-after'],
  needs: 'errors with a Retry-After, and no limits, which would hold a retry back',
  invariant: 'I5',
  named: 'retried before Retry-After was over',
  plant: () => ({
    within: (client) =>
      misread(client, (headers) => {
        const askedMs = askedWaitMs(headers);
        forgetWait(headers);
        if (askedMs > 0) headers.set('retry-after-ms', (askedMs / 1_000).toFixed(3));
      }),
  }),
};

/** NaN where nothing is asked for that is a time. */
function askedWaitMs(headers: Headers): number {
  const exact = headers.get('retry-after-ms');
  if (exact !== null) return Number(exact);
  const text = headers.get('retry-after') ?? '';
  return Number.isNaN(Number(text)) ? Date.parse(text) - Date.now() : Number(text) * 1_000;
}
