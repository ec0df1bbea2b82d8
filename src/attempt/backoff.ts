import { ceilingMs, type RetryPolicy } from './retry-policy.ts';

/**
 * How long to wait before retry `index`, of which 0 is the first. What the server asks for is a floor: the policy's own wait
 * comes on top of it, because a fleet that was told the same second would otherwise come back in the same one.
 */
export function backoffMs(
  policy: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs' | 'jitter'>,
  index: number,
  serverMs: number | undefined,
  random: () => number,
): number {
  const ceiling = ceilingMs(policy, index);
  if (policy.jitter === 'full') return (serverMs ?? 0) + random() * ceiling;
  return Math.max(serverMs ?? 0, ceiling);
}
