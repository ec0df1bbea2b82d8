import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { endpoints } from './endpoint.ts';
import type { BrokenStreamFault, Fault } from './faults.ts';

/** Throws where a value is not what a field takes. */
type Check = (path: string, value: unknown) => unknown;

/** What a kind of fault may hold. */
type Fields = Readonly<Record<string, Check>>;

/** Longer waits do not fit a timer. */
const DAY_MS = 86_400_000;

const chance: Fields = {
  rate: number({ min: 0, max: 1 }),
  models: optional(listOf(checkString)),
  endpoints: optional(listOf(oneOf(...endpoints.filter((name) => name !== 'other')))),
  firstAttempts: optional(number({ min: 1, integer: true })),
};

const retryAfter: Fields = {
  retryAfterMs: optional(number({ min: 0 })),
  retryAfterHeader: optional(oneOf('both', 'seconds', 'ms', 'date')),
  retryAfterText: optional(checkString),
};

const rateLimit: Fields = {
  status: anything,
  code: optional(oneOf('rate_limit_exceeded', 'insufficient_quota')),
  ...chance,
  ...retryAfter,
};
const serverError: Fields = { status: anything, ...chance, ...retryAfter };
const delay: Fields = { delayMs: number({ min: 0, max: DAY_MS }), ...chance };
const silent: Fields = { kind: anything, ...chance };
const drip: Fields = { kind: anything, gapMs: number({ min: 0, max: DAY_MS }), ...chance };
const brokenStream: Fields = {
  kind: anything,
  afterChunks: optional(number({ min: 0, integer: true })),
  ...chance,
};

const silentKinds = ['reset', 'hang'] as const;
const breaks = [
  'cut',
  'reset-midstream',
  'stall',
  'malformed',
  'error-event',
] as const satisfies readonly BrokenStreamFault['kind'][];

/** A fault is told by one of its fields, and where that is not enough by the field's value. */
const kinds: Readonly<Record<string, (path: string, value: unknown) => Fields>> = {
  status(path, status) {
    if (status === 429) return rateLimit;
    if (status === 500 || status === 502 || status === 503 || status === 504) return serverError;
    throw invalidOption(path, '429, 500, 502, 503 or 504', status);
  },
  delayMs: () => delay,
  kind(path, kind) {
    const known = checkOneOf(path, kind, [...silentKinds, 'drip', ...breaks]);
    if (known === 'drip') return drip;
    return silentKinds.some((name) => name === known) ? silent : brokenStream;
  },
};

/** Checks a fault and copies it, so that what its giver does to it later changes nothing. */
export function parseFault(path: string, value: unknown): Fault {
  const given = checkObject(path, value, ALL_FIELDS);
  const [key, ...others] = Object.keys(kinds).filter((name) => name in given);
  const kind = key === undefined ? undefined : kinds[key];
  if (key === undefined || kind === undefined || others.length > 0) {
    throw invalidOption(path, 'a fault with exactly one of `status`, `delayMs` and `kind`', value);
  }
  const fields = kind(`${path}.${key}`, given[key]);
  checkObject(path, value, Object.keys(fields));
  for (const [name, check] of Object.entries(fields)) check(`${path}.${name}`, given[name]);
  if (given['retryAfterHeader'] !== undefined && given['retryAfterMs'] === undefined) {
    throw invalidOption(`${path}.retryAfterMs`, 'given, since `retryAfterHeader` is', undefined);
  }
  if (given['retryAfterText'] !== undefined && given['retryAfterMs'] !== undefined) {
    throw invalidOption(
      `${path}.retryAfterMs`,
      'absent, since `retryAfterText` is in its place',
      given['retryAfterMs'],
    );
  }
  // The checks above are what makes it a fault.
  return structuredClone(given) as unknown as Fault;
}

/** So that a typo of `status` is answered with a hint, before the kind of fault is known. */
const ALL_FIELDS = [...new Set([rateLimit, delay, drip, brokenStream].flatMap(Object.keys))];

function anything(): void {}

function optional(check: Check): Check {
  return (path, value) => (value === undefined ? undefined : check(path, value));
}

function number(range: { min: number; max?: number; integer?: boolean }): Check {
  return (path, value) => checkNumber(path, value, range);
}

function oneOf(...allowed: string[]): Check {
  return (path, value) => checkOneOf(path, value, allowed);
}

function listOf(check: Check): Check {
  return (path, value) => {
    if (!Array.isArray(value) || value.length === 0) throw invalidOption(path, 'a non-empty array', value);
    for (const [index, item] of value.entries()) check(`${path}[${index}]`, item);
  };
}
