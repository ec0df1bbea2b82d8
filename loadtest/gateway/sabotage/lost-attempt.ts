import type { Attempt } from '../../../src/call.ts';
import { everyNth } from './every-nth.ts';
import { passOn, spoilTelemetry } from './listeners.ts';
import type { SabotagePlan } from './plan.ts';

export const lostAttempt: SabotagePlan = {
  plants: 'the telemetry is not told of every 10th retry',
  scenarios: ['chaos', 'storm', 'brownout', 'retry-after'],
  needs: 'retries',
  invariant: 'I3',
  named: 'attempts lost or made up',
  plant() {
    const isNext = everyNth(10);
    return {
      listeners: spoilTelemetry((listener) => {
        const hidden = new WeakSet<Attempt>();
        return {
          ...passOn(listener),
          attemptStarted(attempt) {
            if (attempt.index > 0 && isNext()) hidden.add(attempt);
            else listener.attemptStarted?.(attempt);
          },
          within: (attempt, send) =>
            hidden.has(attempt) || !listener.within ? send() : listener.within(attempt, send),
          requestSending(attempt, headers) {
            if (!hidden.has(attempt)) listener.requestSending?.(attempt, headers);
          },
          attemptEnded(attempt) {
            if (!hidden.has(attempt)) listener.attemptEnded?.(attempt);
          },
        };
      }),
    };
  },
};
