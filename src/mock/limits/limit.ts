import {
  checkBoolean,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';
import { TelltaleError } from '../../errors.ts';

/** Of what a limit allows so much: exactly one of the two. */
export type LimitedAmount =
  | {
      /** How many requests, a positive integer. */
      readonly requests: number;
      readonly tokens?: never;
    }
  | {
      /** How many tokens, a positive integer. */
      readonly tokens: number;
      readonly requests?: never;
    };

/** In what time: exactly one of the two. */
export type LimitedTime =
  | { readonly per: PeriodName; readonly perMs?: never }
  | {
      /** In milliseconds, a positive integer. */
      readonly perMs: number;
      readonly per?: never;
    };

/** A limit that the mock enforces, as OpenAI has them for requests and for tokens, per minute and per day. */
export type MockLimit = LimitedAmount &
  LimitedTime & {
    /**
     * Only requests for these models, which share the limit; a `*` stands for any characters. @default every request
     * that names a model
     */
    readonly models?: readonly string[];
  };

/** The time that a limit of the mock is counted over. */
export type PeriodName = keyof typeof periodsMs;

/**
 * How a limit is held. `bucket`: a bucket that holds the limit, is full at the start and refills evenly within the
 * limit's time, as OpenAI's does. `window`: never more than the limit in any rolling window of its time.
 */
export type LimitLaw = 'bucket' | 'window';

/** The limits that the mock enforces, and how. */
export interface LimitOptions {
  /** All of them hold: a request is charged to each that applies to it, or refused. @default none */
  readonly limits?: readonly MockLimit[];
  /** @default 'bucket' */
  readonly law?: LimitLaw;
  /**
   * Whether a limit per minute is also held per second, at a sixtieth of it but at least 1, as OpenAI may do. A
   * request for more tokens than that goes when a whole second is free, and keeps the next ones. @default false
   */
  readonly enforcePerSecond?: boolean;
  /** Whether each API key has limits of its own, rather than all sharing those of one organisation. @default false */
  readonly perKey?: boolean;
  /**
   * Whether a refused request counts as a request where the limit's time is at most a minute. It never takes more
   * than is left, so whoever waits as told gets through. @default true
   */
  readonly countRefused?: boolean;
  /**
   * Whether, after an answer, tokens beyond the estimate are taken from the limit too, which may leave it in debt.
   * Under the law `window` tokens below the estimate are given back; a bucket keeps them. @default true
   */
  readonly chargeActual?: boolean;
}

export type LimitPlan = Required<LimitOptions>;

export const noLimits: LimitPlan = {
  limits: [],
  law: 'bucket',
  enforcePerSecond: false,
  perKey: false,
  countRefused: true,
  chargeActual: true,
};

export const limitKeys = Object.keys(noLimits);

const periodsMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const periodNames = Object.keys(periodsMs) as PeriodName[];

export function windowMsOf({ per, perMs }: MockLimit): number {
  return per === undefined ? perMs : periodsMs[per];
}

/** Reads the limits' options; what is not given stays as in `current`. */
export function readLimitPlan(given: Record<string, unknown>, current: LimitPlan): LimitPlan {
  const { limits, law } = given;
  const flag = (name: 'enforcePerSecond' | 'perKey' | 'countRefused' | 'chargeActual'): boolean =>
    given[name] === undefined ? current[name] : checkBoolean(name, given[name]);
  const plan: LimitPlan = {
    limits: limits === undefined ? current.limits : parseLimits('limits', limits),
    law: law === undefined ? current.law : checkOneOf('law', law, ['bucket', 'window']),
    enforcePerSecond: flag('enforcePerSecond'),
    perKey: flag('perKey'),
    countRefused: flag('countRefused'),
    chargeActual: flag('chargeActual'),
  };
  const idle = limitKeys.find((key) => key !== 'limits' && given[key] !== undefined);
  if (plan.limits.length === 0) {
    if (idle !== undefined) throw invalidOption('limits', `given, since \`${idle}\` is`, limits);
  } else if (plan.enforcePerSecond && !plan.limits.some(isPerMinute)) {
    throw invalidOption('enforcePerSecond', 'false, since no limit is per minute', true);
  }
  return plan;
}

export function isPerMinute(limit: MockLimit): boolean {
  return windowMsOf(limit) === periodsMs.minute;
}

/** Checks limits and copies them; a problem is named by its path. */
export function parseLimits(path: string, value: unknown): readonly MockLimit[] {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of limits', value);
  const limits = value.map((limit, index) => parseLimit(`${path}[${index}]`, limit));
  for (const [index, limit] of limits.entries()) {
    const before = limits.findIndex((other) => sameScope(other, limit));
    if (before === index) continue;
    throw new TelltaleError(
      'invalid_option',
      `\`${path}[${before}]\` and \`${path}[${index}]\` limit the same: give one of them`,
    );
  }
  return limits;
}

function parseLimit(path: string, value: unknown): MockLimit {
  const given = checkObject(path, value, ['requests', 'tokens', 'per', 'perMs', 'models']);
  const amount = onlyOneOf(path, given, 'requests', 'tokens');
  const time = onlyOneOf(path, given, 'per', 'perMs');
  const positive = (name: string): number =>
    checkNumber(`${path}.${name}`, given[name], { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  const models = given['models'];
  return {
    ...(amount === 'requests' ? { requests: positive('requests') } : { tokens: positive('tokens') }),
    ...(time === 'per'
      ? { per: checkOneOf(`${path}.per`, given['per'], periodNames) }
      : { perMs: positive('perMs') }),
    ...(models === undefined ? {} : { models: parseModels(`${path}.models`, models) }),
  };
}

function onlyOneOf(path: string, given: Record<string, unknown>, one: string, other: string): string {
  const named = [one, other].filter((name) => given[name] !== undefined);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  throw invalidOption(path, `a limit with exactly one of \`${one}\` and \`${other}\``, given);
}

function parseModels(path: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidOption(path, 'a non-empty array', value);
  return value.map((model, index) => checkString(`${path}[${index}]`, model));
}

function sameScope(one: MockLimit, other: MockLimit): boolean {
  const models = (limit: MockLimit) => JSON.stringify([...(limit.models ?? [])].sort());
  return (
    (one.requests === undefined) === (other.requests === undefined) &&
    windowMsOf(one) === windowMsOf(other) &&
    models(one) === models(other)
  );
}
