import { TokenEstimator } from '../admit/estimate-tokens.ts';
import type { Limiter } from '../admit/limiter.ts';
import type { Breakers } from '../attempt/breaker/breakers.ts';
import type { ObserveOptions } from '../options.ts';
import { Admission } from './admission.ts';
import type { AttemptGate } from './attempt-gate.ts';
import { Breaking } from './breaking.ts';
import { estimatorOptions } from './options.ts';

/** What may hold or refuse an attempt, in the order in which it is asked. What waits comes behind the breaker, which is asked again after it. */
export function gatesOf(
  options: ObserveOptions,
  limiter: Limiter | undefined,
  breakers: Breakers | undefined,
): readonly AttemptGate[] {
  const admission = limiter && new Admission(limiter, new TokenEstimator(estimatorOptions(options)));
  const breaking = breakers && new Breaking(breakers);
  const again = admission && breaking?.again;
  return [breaking, admission, again].filter((gate) => gate !== undefined);
}
