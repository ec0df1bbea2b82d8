import { checkNumber, checkObject, checkOneOf } from '../check.ts';
import { longestTimerMs } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import { type BudgetPolicy, checkRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';

/** When and how often a failed attempt of a call is made again. */
export interface RetryOptions {
  /**
   * Attempts of one call in all, the first included. A request's own `maxRetries` may make it fewer, never more. An
   * integer from 1 to 100. @default 4
   */
  readonly maxAttempts?: number;
  /** The most that is waited before the second attempt; it doubles with each attempt after that. At least 1. @default 500 */
  readonly initialDelayMs?: number;
  /** Where it stops to double. At least `initialDelayMs`. @default 8_000 */
  readonly maxDelayMs?: number;
  /**
   * `'full'` waits a random part of that, so that clients which failed together do not come back together. `'none'` waits
   * all of it. @default 'full'
   */
  readonly jitter?: 'full' | 'none';
  /**
   * The longest wait of the server's (`retry-after`) that is obeyed. Where it asks for a longer one, the call ends at once
   * with what the server said. Milliseconds, at least 0. @default 60_000
   */
  readonly maxRetryAfterMs?: number;
  /** What the retries of all calls may add to the load on the provider. @default 0.2 for each call, 1 a second, at most 100 */
  readonly budget?: RetryBudgetOptions;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: 'full' | 'none';
  readonly maxRetryAfterMs: number;
  readonly budget: BudgetPolicy;
}

const known = [
  'maxAttempts',
  'initialDelayMs',
  'maxDelayMs',
  'jitter',
  'maxRetryAfterMs',
  'budget',
] as const satisfies readonly (keyof RetryOptions)[];

/** @throws TelltaleError `invalid_option`, with the arithmetic where the parts of a policy contradict each other */
export function checkRetry(path: string, given: unknown, deadlineMs: number | undefined): RetryPolicy {
  const options = checkObject(path, given, known);
  const { maxAttempts = 4, initialDelayMs = 500, jitter = 'full', maxRetryAfterMs = 60_000 } = options;
  const policy: RetryPolicy = {
    maxAttempts: checkNumber(`${path}.maxAttempts`, maxAttempts, { min: 1, max: 100, integer: true }),
    initialDelayMs: checkNumber(`${path}.initialDelayMs`, initialDelayMs, { min: 1, max: longestTimerMs }),
    maxDelayMs: checkNumber(
      `${path}.maxDelayMs`,
      options['maxDelayMs'] ?? Math.max(8_000, policyFloor(initialDelayMs)),
      {
        min: 1,
        max: longestTimerMs,
      },
    ),
    jitter: checkOneOf(`${path}.jitter`, jitter, ['full', 'none']),
    maxRetryAfterMs: checkNumber(`${path}.maxRetryAfterMs`, maxRetryAfterMs, { min: 0, max: longestTimerMs }),
    budget: checkRetryBudget(`${path}.budget`, options['budget']),
  };
  if (policy.maxDelayMs < policy.initialDelayMs) {
    throw new TelltaleError(
      'invalid_option',
      `Expected \`${path}.maxDelayMs\` to be at least \`${path}.initialDelayMs\`, got ${policy.maxDelayMs} < ${policy.initialDelayMs}`,
    );
  }
  const worstMs = worstCaseWaitMs(policy);
  if (deadlineMs !== undefined && worstMs > deadlineMs) {
    throw new TelltaleError(
      'invalid_option',
      `Expected \`${path}\` to wait less than \`options.deadlineMs\` in all, got ${sumOfDelays(policy)} ms = ${worstMs} ms > ${deadlineMs} ms. Lower \`maxAttempts\` or \`maxDelayMs\`.`,
    );
  }
  return policy;
}

function policyFloor(initialDelayMs: unknown): number {
  return typeof initialDelayMs === 'number' ? initialDelayMs : 0;
}

/** The most that the policy itself waits before retry `index`, of which 0 is the first. */
export function ceilingMs(
  { initialDelayMs, maxDelayMs }: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>,
  index: number,
): number {
  return Math.min(initialDelayMs * 2 ** index, maxDelayMs);
}

/**
 * The most milliseconds that one call waits between its attempts, all waits together. Where the server asks for waits of
 * its own (`retryAfterMs`, for each attempt), these come on top of the policy's.
 *
 * @example
 * ```ts
 * worstCaseWaitMs({ maxAttempts: 4, initialDelayMs: 500, maxDelayMs: 8_000 }); // 500 + 1000 + 2000 = 3500
 * ```
 */
export function worstCaseWaitMs(
  policy: Pick<RetryPolicy, 'maxAttempts' | 'initialDelayMs' | 'maxDelayMs'>,
  retryAfterMs = 0,
): number {
  let sumMs = 0;
  for (let index = 0; index < policy.maxAttempts - 1; index++)
    sumMs += ceilingMs(policy, index) + retryAfterMs;
  return sumMs;
}

function sumOfDelays(policy: RetryPolicy): string {
  const delays = Array.from({ length: policy.maxAttempts - 1 }, (_, index) => ceilingMs(policy, index));
  return delays.length <= 6
    ? delays.join(' + ')
    : `${delays.slice(0, 4).join(' + ')} + … + ${delays.at(-1)} (${delays.length} waits)`;
}
