import { doubleCount } from './double-count.ts';
import { doubleTokens } from './double-tokens.ts';
import { earlyRetry } from './early-retry.ts';
import { hungCall } from './hung-call.ts';
import { ignoredRetryAfter } from './ignored-retry-after.ts';
import { leakedSpan } from './leaked-span.ts';
import { lostAttempt } from './lost-attempt.ts';
import type { SabotagePlan } from './plan.ts';
import { quotaOvershoot } from './quota-overshoot.ts';

import { truncatedAsSuccess } from './truncated-as-success.ts';
import { unclosedSocket } from './unclosed-socket.ts';
import { wrongCost } from './wrong-cost.ts';

/** By the name that `--sabotage` takes. */
export const sabotages = {
  'lost-attempt': lostAttempt,
  'double-count': doubleCount,
  'double-tokens': doubleTokens,
  'early-retry': earlyRetry,
  'ignored-retry-after': ignoredRetryAfter,
  'truncated-as-success': truncatedAsSuccess,
  'leaked-span': leakedSpan,
  'quota-overshoot': quotaOvershoot,
  'wrong-cost': wrongCost,
  'unclosed-socket': unclosedSocket,
  'hung-call': hungCall,
} as const satisfies Readonly<Record<string, SabotagePlan>>;

export type Sabotage = keyof typeof sabotages;

export const sabotageNames = Object.keys(sabotages) as readonly Sabotage[];

export type { Bug, SabotagePlan } from './plan.ts';
