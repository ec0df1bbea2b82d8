import { calm } from './calm.ts';
import { chaos } from './chaos.ts';
import { quota } from './quota.ts';
import type { Scenario } from './scenario.ts';

/** By the name that `--scenario` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = { chaos, calm, quota };
