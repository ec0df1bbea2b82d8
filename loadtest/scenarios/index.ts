import { aborts } from './aborts.ts';
import { background } from './background.ts';
import { baseline, calm } from './baseline.ts';
import { brokenStreams } from './broken-streams.ts';
import { brownout } from './brownout.ts';
import { budget } from './budget.ts';
import { chaos } from './chaos.ts';
import { collectorDown } from './collector-down.ts';
import { fleet } from './fleet.ts';
import { outage } from './outage.ts';
import { quota } from './quota.ts';
import { quotaExhausted } from './quota-exhausted.ts';
import { retryAfter } from './retry-after.ts';
import type { Scenario } from './scenario.ts';
import { slow } from './slow.ts';
import { soak } from './soak.ts';
import { storm } from './storm.ts';
import { streams } from './streams.ts';

/** By the name that `--scenario` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  chaos,
  calm,
  baseline,
  streams,
  quota,
  storm,
  brownout,
  outage,
  'quota-exhausted': quotaExhausted,
  'retry-after': retryAfter,
  slow,
  'broken-streams': brokenStreams,
  aborts,
  background,
  budget,
  fleet,
  'collector-down': collectorDown,
  soak,
};
