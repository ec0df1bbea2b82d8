import { describeWithSdk } from './compare.ts';
import { worlds } from './worlds.ts';

// Limits that never bind: every attempt asks for a permit, and nothing else may be different for it.
const limits = [
  { requests: 1_000_000, per: 'minute' },
  { tokens: 1_000_000_000, per: 'minute' },
  { tokens: 1_000_000_000, per: 'day', scope: 'user' },
] as const;

for (const world of worlds) describeWithSdk(world, { limits: [...limits] });
