import { everyNth } from './every-nth.ts';
import { passOn, spoilTelemetry } from './listeners.ts';
import type { SabotagePlan } from './plan.ts';

export const leakedSpan: SabotagePlan = {
  plants: 'the telemetry never hears that every 20th call has ended, so its span is left open',
  scenarios: ['chaos', 'calm'],
  needs: 'calls',
  invariant: 'I7',
  named: 'calls without a span',
  plant() {
    const isNext = everyNth(20);
    return {
      listeners: spoilTelemetry((listener) => (isNext() ? { ...passOn(listener), ended() {} } : listener)),
    };
  },
};
