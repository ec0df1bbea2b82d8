import { everyNth } from './every-nth.ts';
import { passOn, spoilTelemetry } from './listeners.ts';
import type { SabotagePlan } from './plan.ts';

const nanoUsd = 1e-9;

export const wrongCost: SabotagePlan = {
  plants: 'every 20th call that cost something costs one nano-dollar more, in spans and metrics alike',
  scenarios: ['chaos', 'calm'],
  needs: 'calls that succeed',
  invariant: 'I6',
  named: 'wrong cost',
  plant() {
    const isNext = everyNth(20);
    return {
      listeners: spoilTelemetry((listener) => ({
        ...passOn(listener),
        ended(call) {
          if (call.costUsd !== undefined && isNext()) call.costUsd += nanoUsd;
          listener.ended?.(call);
        },
      })),
    };
  },
};
