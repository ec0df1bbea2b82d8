import type { Answer, Effect, Refusal } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { sparesTheModel } from './fault-choice.ts';
import type { Fault } from './faults.ts';

/** Begins the effect of an answer that is let through, and ends that of any. */
export function applyEffect(
  exchange: Exchange,
  answer: Answer,
  refused: boolean,
  fault: Fault | undefined,
): void {
  if (answer.kind === 'refusal' || !answer.effect) return;
  const { effect } = answer;
  const { entry } = exchange;
  // A client that has left before its answer was there, and one that waits for an error or for nothing, get none.
  if (refused || entry.endedAtMs !== undefined || (fault && sparesTheModel(fault))) {
    effect.end?.();
    return;
  }
  effect.begin?.(entry);
  exchange.whenEnded(() => effect.end?.());
}

/** An answer whose effect is followed by that of another. */
export function withEffect<T extends Exclude<Answer, Refusal>>(answer: T, effect: Effect): T {
  const { effect: own } = answer;
  return {
    ...answer,
    effect: {
      begin(entry) {
        own?.begin?.(entry);
        effect.begin?.(entry);
      },
      finish(entry) {
        own?.finish?.(entry);
        effect.finish?.(entry);
      },
      end() {
        own?.end?.();
        effect.end?.();
      },
    },
  };
}
