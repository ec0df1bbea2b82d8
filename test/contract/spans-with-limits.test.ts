import { describeWithSdk } from './compare.ts';
import { worlds } from './worlds.ts';

// Limits and a circuit breaker that never bind: every attempt asks for leave, and nothing else may be different for it.
const limits = [
  { requests: 1_000_000, per: 'minute' },
  { tokens: 1_000_000_000, per: 'minute' },
  { tokens: 1_000_000_000, per: 'day', scope: 'user' },
] as const;

// Nobody is left to ask of them, but every call is ready to go on.
const fallback = { 'gpt-5-min*': ['gpt-5-mini'] };

for (const world of worlds)
  describeWithSdk(world, { limits: [...limits], breaker: { minCalls: 1_000_000 }, fallback });
