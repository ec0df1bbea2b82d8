import { checkObject, checkOneOf, invalidOption } from '../check.ts';
import {
  delay,
  delayField,
  type FaultFields,
  failing,
  kinds,
  overloaded,
  rateLimit,
  rateLimitCode,
} from './chaos/fault-fields.ts';
import { checkFields } from './chaos/field.ts';
import type { Fault, KindFault } from './faults.ts';

/** A fault is told by one of these, and where that is not enough by the field's value. */
const tells: Readonly<Record<string, (path: string, value: unknown) => FaultFields>> = {
  status(path, status) {
    const known = statusFields(status);
    if (!known) throw invalidOption(path, '408, 409, 429 or an integer from 500 to 599', status);
    return known;
  },
  delayMs(path, value) {
    delayField.check(path, value);
    return delay;
  },
  kind: (path, kind) => kinds[checkOneOf(path, kind, Object.keys(kinds) as KindFault['kind'][])],
};

function statusFields(status: unknown): FaultFields | undefined {
  if (status === 429) return rateLimit;
  if (status === 503) return overloaded;
  const fails = Number.isInteger(status) && Number(status) >= 500 && Number(status) <= 599;
  return fails || status === 408 || status === 409 ? failing : undefined;
}

/** Checks a fault and copies it, so that what its giver does to it later changes nothing. */
export function parseFault(path: string, value: unknown): Fault {
  const given = checkObject(path, value, allFields);
  const [key, ...others] = Object.keys(tells).filter((name) => name in given);
  const tell = key === undefined ? undefined : tells[key];
  if (key === undefined || tell === undefined || others.length > 0) {
    throw invalidOption(path, 'a fault with exactly one of `status`, `delayMs` and `kind`', value);
  }
  const { fields } = tell(`${path}.${key}`, given[key]);
  checkFields(path, value, { [key]: toldAlready, ...fields });
  checkAdvice(path, given);
  if (given['limit'] !== undefined && (given['code'] ?? rateLimitCode) !== rateLimitCode) {
    throw invalidOption(`${path}.limit`, `absent, since \`code\` is not '${rateLimitCode}'`, given['limit']);
  }
  // The checks above are what makes it a fault.
  return structuredClone(given) as unknown as Fault;
}

function checkAdvice(path: string, given: Record<string, unknown>): void {
  const { retryAfterMs } = given;
  if (given['retryAfterHeader'] !== undefined && retryAfterMs === undefined) {
    throw invalidOption(`${path}.retryAfterMs`, 'given, since `retryAfterHeader` is', undefined);
  }
  for (const text of ['retryAfterText', 'retryAfterMsText']) {
    if (given[text] === undefined || retryAfterMs === undefined) continue;
    throw invalidOption(`${path}.retryAfterMs`, `absent, since \`${text}\` is in its place`, retryAfterMs);
  }
}

const toldAlready = { required: false, schema: {}, check() {} };

/** So that a typo of `status` is answered with a hint, before the kind of fault is known. */
const allFields = [
  ...new Set([
    ...Object.keys(tells),
    ...[rateLimit, overloaded, delay, ...Object.values(kinds)].flatMap(({ fields }) => Object.keys(fields)),
  ]),
];
