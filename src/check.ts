import type { Clock } from './clock.ts';
import { TelltaleError } from './errors.ts';

/** How a value is shown in an error message: short, never an object's whole content. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `{ ${Object.keys(value).slice(0, 5).join(', ')} }`;
  return String(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** The one form of message for a bad option. */
export function invalidOption(path: string, expected: string, got: unknown, hint = ''): TelltaleError {
  return new TelltaleError(
    'invalid_option',
    `Expected \`${path}\` to be ${expected}, got \`${shown(got)}\` (${typeName(got)})${hint}`,
    { option: path },
  );
}

/** Throws unless `value` is a plain object holding only `known` keys. Names the nearest known key for a typo. */
export function checkObject(path: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(path, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const hint = near === undefined ? `Known options: ${known.join(', ')}` : `Did you mean \`${near}\`?`;
    throw new TelltaleError('invalid_option', `Unknown option \`${path}.${key}\`. ${hint}`, {
      option: `${path}.${key}`,
    });
  }
  return value as Record<string, unknown>;
}

export function checkOneOf<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
  if (typeof value === 'string' && (allowed as readonly string[]).includes(value)) return value as T;
  const near = typeof value === 'string' && value.length > 2 ? nearest(value, allowed) : undefined;
  const expected = allowed.map((name) => `'${name}'`).join(' or ');
  throw invalidOption(path, expected, value, near === undefined ? '' : `. Did you mean '${near}'?`);
}

export function checkNumber(
  path: string,
  value: unknown,
  range: { min?: number; max?: number; integer?: boolean } = {},
): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = range;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= min &&
    value <= max &&
    (!integer || Number.isInteger(value));
  if (fits) return value;
  throw invalidOption(path, describeRange(min, max, integer), value);
}

export function checkString(path: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption(path, 'a non-empty string', value);
}

export function checkBoolean(path: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(path, 'true or false', value);
}

export function checkFunction(path: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value === 'function') return value as (...args: never[]) => unknown;
  throw invalidOption(path, 'a function', value);
}

export function checkClock(path: string, value: unknown): Clock {
  const parts = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  for (const name of ['nowMs', 'epochMs', 'random', 'schedule'])
    checkFunction(`${path}.${name}`, parts[name]);
  return value as Clock;
}

function describeRange(min: number, max: number, integer: boolean): string {
  const noun = integer ? 'integer' : 'number';
  if (integer && min === 1 && max === Number.POSITIVE_INFINITY) return 'a positive integer';
  if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) return `a finite ${noun}`;
  if (max === Number.POSITIVE_INFINITY) return `${integer ? 'an' : 'a'} ${noun} of at least ${min}`;
  return `${integer ? 'an' : 'a'} ${noun} from ${min} to ${max}`;
}

/** What somebody most likely meant: the name that is spelt most alike, where one differs in at most two letters. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const given = text.toLowerCase();
  let best: { readonly name: string; readonly letters: number } | undefined;
  for (const name of names) {
    const letters = distance(name.toLowerCase(), given);
    if (letters <= 2 && letters < (best?.letters ?? 3)) best = { name, letters };
  }
  return best?.name;
}

/** Levenshtein distance, for names of a few characters. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
