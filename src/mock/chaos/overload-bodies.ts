import { REQUESTS_PER_MINUTE } from '../bucket.ts';
import { errorBody, serverErrorBody } from '../error-bodies.ts';
import type { ErrorFault, QuotaCode, RateLimitFault, RateLimitName } from '../faults.ts';
import { goDuration } from '../headers.ts';

/** A limit as an error of the schedule speaks of it: of OpenAI's upper tiers. */
export interface NamedLimit {
  readonly unit: 'requests' | 'tokens';
  readonly words: string;
  readonly amount: number;
  readonly requested: number;
  readonly windowMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const limits: Readonly<Record<RateLimitName, NamedLimit>> = {
  'requests/minute': {
    unit: 'requests',
    words: 'requests per min (RPM)',
    amount: REQUESTS_PER_MINUTE,
    requested: 1,
    windowMs: MINUTE_MS,
  },
  'tokens/minute': {
    unit: 'tokens',
    words: 'tokens per min (TPM)',
    amount: 2_000_000,
    requested: 1_000,
    windowMs: MINUTE_MS,
  },
  'requests/day': {
    unit: 'requests',
    words: 'requests per day (RPD)',
    amount: 10_000,
    requested: 1,
    windowMs: DAY_MS,
  },
  'tokens/day': {
    unit: 'tokens',
    words: 'tokens per day (TPD)',
    amount: 20_000_000,
    requested: 1_000,
    windowMs: DAY_MS,
  },
};

/** With the limit that the mock enforces, where it has one of requests per minute. */
export function limitOf(
  { limit = 'requests/minute' }: RateLimitFault,
  enforced: number | undefined,
): NamedLimit {
  const named = limits[limit];
  return limit === 'requests/minute' && enforced !== undefined ? { ...named, amount: enforced } : named;
}

/** Until what was asked for fits, the limit being used up. */
export function waitOf({ amount, requested, windowMs }: NamedLimit): number {
  return (requested * windowMs) / amount;
}

export function rateLimitBody(model: string | null, limit: NamedLimit, waitMs: number): string {
  const { words, amount, requested, unit } = limit;
  return errorBody({
    message:
      `Rate limit reached for ${model ?? 'default'} in organization org-telltale-mock on ${words}: ` +
      `Limit ${amount}, Used ${amount}, Requested ${requested}. ` +
      `Please try again in ${goDuration(waitMs)}. ` +
      'Visit https://platform.openai.com/account/rate-limits to learn more.',
    type: unit,
    code: 'rate_limit_exceeded',
  });
}

const quotaMessages: Readonly<Record<QuotaCode, string>> = {
  insufficient_quota:
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, ' +
    'read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
  credit_balance_exhausted: 'Your credit balance is exhausted. Please add credits to continue.',
  organization_spend_limit_exceeded: 'Your organization has reached its spend limit.',
  project_spend_limit_exceeded: 'Your project has reached its spend limit.',
  organization_usage_limit_exceeded: 'Your organization has reached its usage limit.',
};

const slowDown = errorBody({
  message:
    'Your request rate rises too fast. Please slow down, keep it steady for some minutes and raise it gradually.',
  type: 'rate_limit_error',
  code: 'slow_down',
});

const engineOverloaded = errorBody({
  message: 'The engine is currently overloaded, please try again later',
  type: 'engine_overloaded_error',
  code: 'engine_overloaded',
});

/** Of a 429 that is not about one limit. */
export function refusalBody(
  code: Exclude<NonNullable<RateLimitFault['code']>, 'rate_limit_exceeded'>,
): string {
  if (code === 'slow_down') return slowDown;
  if (code === 'engine_overloaded') return engineOverloaded;
  return errorBody({ message: quotaMessages[code], type: 'insufficient_quota', code });
}

/** OpenAI has sent `slow_down` with a 503 too. */
export function failureBody({ status, code }: ErrorFault): string {
  if (code === 'slow_down') return slowDown;
  return code === 'engine_overloaded' ? engineOverloaded : serverErrorBody(status);
}
