import type { Breakers } from '../attempt/breaker/breakers.ts';
import type { Admission } from './admission.ts';
import type { AttemptGate } from './attempt-gate.ts';
import { Breaking } from './breaking.ts';
import type { Budgeting } from './budgeting.ts';

/** What each attempt passes, in order. */
export function gatesOf(
  admission: Admission | undefined,
  breakers: Breakers | undefined,
  budgeting: Budgeting | undefined,
): readonly AttemptGate[] {
  const breaking = breakers && new Breaking(breakers);
  return [
    breaking,
    admission,
    // A breaker may have opened while the attempt waited.
    admission && breaking?.again,
    // Money is held only for what goes at once.
    budgeting,
  ].filter((gate) => gate !== undefined);
}
