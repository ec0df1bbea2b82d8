import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { uniform } from './seeded.ts';

/** Which of the mock's endpoints a request went to; `other` is a path that it does not serve. */
export type Endpoint = 'chat' | 'responses' | 'embeddings' | 'models' | 'other';

interface Chance {
  /**
   * The share of requests that meet this fault, from 0 to 1. The rates of one phase are disjoint slices, so they
   * sum to at most 1; a request in the slice of a fault that does not apply to it meets no fault.
   */
  readonly rate: number;
  /** Only requests for these models; a trailing `*` stands for any ending. @default all */
  readonly models?: readonly string[];
  /** Only requests to these endpoints. @default all */
  readonly endpoints?: readonly Exclude<Endpoint, 'other'>[];
  /**
   * Only the first so many requests with the same `x-call-id`, so that a later attempt gets through. A positive
   * integer. @default all
   */
  readonly firstAttempts?: number;
}

interface RetryAfter {
  /** The wait that the answer asks for, in milliseconds, at least 0. @default none is asked for */
  readonly retryAfterMs?: number;
  /**
   * Which headers say so: `retry-after` (whole seconds, rounded up), `retry-after-ms`, or both. @default 'both'
   */
  readonly retryAfterHeader?: 'both' | 'seconds' | 'ms';
}

/** The provider refuses the request for its rate. */
export interface RateLimitFault extends Chance, RetryAfter {
  readonly status: 429;
  /** @default 'rate_limit_exceeded' */
  readonly code?: 'rate_limit_exceeded';
}

/** The provider fails. */
export interface ServerErrorFault extends Chance, RetryAfter {
  readonly status: 500 | 502 | 503 | 504;
}

/** The provider is slow: it waits before it sends headers, on top of its usual latency. */
export interface DelayFault extends Chance {
  /** In milliseconds, at least 0. */
  readonly delayMs: number;
}

/** The connection is reset before any header is sent. */
export interface ResetFault extends Chance {
  readonly kind: 'reset';
}

/**
 * A stream breaks off: `cut` ends it cleanly but with no finish and no `[DONE]`, `reset-midstream` destroys its
 * connection. An answer that is not streamed is left as it is.
 */
export interface BrokenStreamFault extends Chance {
  readonly kind: 'cut' | 'reset-midstream';
  /** How many tokens are sent before; at most all of the answer. At least 0. @default half of the answer */
  readonly afterChunks?: number;
}

/** Something that goes wrong with a request. */
export type Fault = RateLimitFault | ServerErrorFault | DelayFault | ResetFault | BrokenStreamFault;

/** How the ledger names a fault. */
export type FaultName =
  | '429 rate_limit_exceeded'
  | '500'
  | '502'
  | '503'
  | '504'
  | 'delay'
  | 'reset'
  | 'cut'
  | 'reset-midstream';

export function faultName(fault: Fault): FaultName {
  if ('kind' in fault) return fault.kind;
  if ('delayMs' in fault) return 'delay';
  return fault.status === 429 ? '429 rate_limit_exceeded' : `${fault.status}`;
}

/** What a request has, as far as the choice of its fault depends on it. */
export interface Draw {
  readonly seed: number;
  readonly phaseIndex: number;
  readonly callId: string;
  /** How many requests with this call id arrived before it. */
  readonly attempt: number;
}

/** Which slice the request falls into: a pure function of the draw, whatever its model or endpoint. */
export function chooseFault(faults: readonly Fault[], draw: Draw): Fault | undefined {
  if (faults.length === 0) return undefined;
  const { seed, phaseIndex, callId, attempt } = draw;
  let left = uniform(seed, `fault ${phaseIndex} ${attempt} ${callId}`);
  for (const fault of faults) {
    if (left < fault.rate) return fault;
    left -= fault.rate;
  }
  return undefined;
}

/** What a request is, as far as it decides whether a fault applies. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly model: string | null;
  readonly streamed: boolean;
  readonly attempt: number;
}

export function faultApplies(fault: Fault, { endpoint, model, streamed, attempt }: Target): boolean {
  if (fault.firstAttempts !== undefined && attempt >= fault.firstAttempts) return false;
  if (fault.endpoints && !fault.endpoints.some((name) => name === endpoint)) return false;
  if (fault.models && !fault.models.some((pattern) => model !== null && matches(pattern, model)))
    return false;
  return streamed || !('kind' in fault) || fault.kind === 'reset';
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}

const chanceKeys = ['rate', 'models', 'endpoints', 'firstAttempts'] as const;
const retryAfterKeys = ['retryAfterMs', 'retryAfterHeader'] as const;

/** Each key that tells faults apart, with what reads such a fault. */
const readers: Readonly<Record<string, (path: string, value: object) => Fault>> = {
  status: readStatusFault,
  delayMs: readDelayFault,
  kind: readConnectionFault,
};

export function parseFault(path: string, value: unknown): Fault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(path, 'an object', value);
  }
  const [key, ...others] = Object.keys(readers).filter((name) => name in value);
  const read = key === undefined ? undefined : readers[key];
  if (!read || others.length > 0) {
    throw invalidOption(path, 'a fault with exactly one of `status`, `delayMs` and `kind`', value);
  }
  return read(path, value);
}

function readStatusFault(path: string, value: object): Fault {
  const status = 'status' in value ? value.status : undefined;
  const common = ['status', ...chanceKeys, ...retryAfterKeys];
  if (status === 429) {
    const given = checkObject(path, value, [...common, 'code']);
    const code = given['code'];
    return {
      status,
      ...(code === undefined ? {} : { code: checkOneOf(`${path}.code`, code, ['rate_limit_exceeded']) }),
      ...readChance(path, given),
      ...readRetryAfter(path, given),
    };
  }
  if (status === 500 || status === 502 || status === 503 || status === 504) {
    const given = checkObject(path, value, common);
    return { status, ...readChance(path, given), ...readRetryAfter(path, given) };
  }
  throw invalidOption(`${path}.status`, '429, 500, 502, 503 or 504', status);
}

function readDelayFault(path: string, value: object): Fault {
  const given = checkObject(path, value, ['delayMs', ...chanceKeys]);
  return {
    delayMs: checkNumber(`${path}.delayMs`, given['delayMs'], { min: 0 }),
    ...readChance(path, given),
  };
}

function readConnectionFault(path: string, value: object): Fault {
  const kinds = ['reset', 'cut', 'reset-midstream'] as const;
  const kind = checkOneOf(`${path}.kind`, 'kind' in value ? value.kind : undefined, kinds);
  if (kind === 'reset')
    return { kind, ...readChance(path, checkObject(path, value, ['kind', ...chanceKeys])) };
  const given = checkObject(path, value, ['kind', 'afterChunks', ...chanceKeys]);
  const after = given['afterChunks'];
  return {
    kind,
    ...(after === undefined
      ? {}
      : { afterChunks: checkNumber(`${path}.afterChunks`, after, { min: 0, integer: true }) }),
    ...readChance(path, given),
  };
}

function readChance(path: string, given: Record<string, unknown>): Chance {
  const { rate, models, endpoints, firstAttempts } = given;
  return {
    rate: checkNumber(`${path}.rate`, rate, { min: 0, max: 1 }),
    ...(models === undefined ? {} : { models: readList(`${path}.models`, models, checkString) }),
    ...(endpoints === undefined
      ? {}
      : { endpoints: readList(`${path}.endpoints`, endpoints, checkEndpoint) }),
    ...(firstAttempts === undefined
      ? {}
      : { firstAttempts: checkNumber(`${path}.firstAttempts`, firstAttempts, { min: 1, integer: true }) }),
  };
}

function checkEndpoint(path: string, value: unknown) {
  return checkOneOf(path, value, ['chat', 'responses', 'embeddings', 'models']);
}

function readList<T>(path: string, value: unknown, read: (path: string, item: unknown) => T): readonly T[] {
  if (!Array.isArray(value) || value.length === 0) throw invalidOption(path, 'a non-empty array', value);
  return value.map((item, index) => read(`${path}[${index}]`, item));
}

function readRetryAfter(path: string, given: Record<string, unknown>): RetryAfter {
  const { retryAfterMs, retryAfterHeader } = given;
  if (retryAfterMs === undefined) {
    if (retryAfterHeader === undefined) return {};
    throw invalidOption(`${path}.retryAfterMs`, 'set where `retryAfterHeader` is', retryAfterMs);
  }
  return {
    retryAfterMs: checkNumber(`${path}.retryAfterMs`, retryAfterMs, { min: 0 }),
    ...(retryAfterHeader === undefined
      ? {}
      : {
          retryAfterHeader: checkOneOf(`${path}.retryAfterHeader`, retryAfterHeader, [
            'both',
            'seconds',
            'ms',
          ]),
        }),
  };
}
