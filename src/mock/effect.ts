import type { Answer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Fault } from './faults.ts';
import { answersItself } from './limits/enforce.ts';

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
  if (!refused && !(fault && answersItself(fault))) effect.begin?.(entry);
  exchange.whenEnded(() => effect.end?.(entry));
}
