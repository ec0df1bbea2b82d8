import { everyNth } from './every-nth.ts';
import { passOn, spoilTelemetry } from './listeners.ts';
import type { SabotagePlan } from './plan.ts';

export const doubleCount: SabotagePlan = {
  plants: 'every 20th call is counted twice: two spans, twice its tokens and its cost in the metrics',
  scenarios: ['chaos', 'calm'],
  needs: 'calls that succeed',
  invariant: 'I2',
  named: 'ended more than once',
  plant() {
    const isNext = everyNth(20);
    return {
      listeners: spoilTelemetry((listener, call, telemetry) => {
        // Made now, so that it hangs where the first one does.
        const second = isNext() ? telemetry(call) : undefined;
        if (!second) return listener;
        return {
          ...passOn(listener),
          ended(ended) {
            listener.ended?.(ended);
            second.ended?.(ended);
          },
        };
      }),
    };
  },
};
