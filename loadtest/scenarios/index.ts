import { brokenStreams } from './broken-streams.ts';
import { brownout } from './brownout.ts';
import { budget } from './budget.ts';
import { calm } from './calm.ts';
import { chaos } from './chaos.ts';
import { outage } from './outage.ts';
import { quota } from './quota.ts';
import { quotaExhausted } from './quota-exhausted.ts';
import { retryAfter } from './retry-after.ts';
import type { Scenario } from './scenario.ts';
import { slow } from './slow.ts';
import { storm } from './storm.ts';

/** By the name that `--scenario` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  chaos,
  calm,
  quota,
  storm,
  brownout,
  outage,
  'quota-exhausted': quotaExhausted,
  'retry-after': retryAfter,
  slow,
  'broken-streams': brokenStreams,
  budget,
};
