import type { Usage } from '../../../src/call.ts';
import { everyNth } from './every-nth.ts';
import { passOn, spoilTelemetry } from './listeners.ts';
import type { SabotagePlan } from './plan.ts';

export const doubleTokens: SabotagePlan = {
  plants: 'of every 20th call whose tokens the provider told, twice as many are told on',
  scenarios: ['chaos', 'calm'],
  needs: 'calls that succeed',
  invariant: 'I6',
  named: 'wrong tokens',
  plant() {
    const isNext = everyNth(20);
    return {
      listeners: spoilTelemetry((listener) => ({
        ...passOn(listener),
        ended(call) {
          if (call.usage.source === 'provider' && isNext()) call.usage = doubled(call.usage);
          listener.ended?.(call);
        },
      })),
    };
  },
};

function doubled(usage: Usage): Usage {
  const { source, ...counts } = usage;
  return { source, ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * 2])) };
}
