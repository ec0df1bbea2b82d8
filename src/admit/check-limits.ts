import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { type CheckedLimit, type Limit, type LimitScope, type WindowName, windowNames } from './limit.ts';
import { type LimitPreset, limitPresets } from './limit-presets.ts';

const known = [
  'requests',
  'tokens',
  'per',
  'perMs',
  'burst',
  'models',
  'scope',
] as const satisfies readonly (keyof Limit)[];
const scopes: readonly LimitScope[] = ['organization', 'project', 'user'];
const names = Object.keys(windowNames) as WindowName[];
const longestWindowMs = 31 * windowNames.day;

/**
 * Checks a list of limits, or the name of a preset, and copies it.
 *
 * @param path what the list is called in messages, such as `options.limits`
 * @throws TelltaleError `invalid_option`
 */
export function checkLimits(path: string, given: unknown): readonly CheckedLimit[] {
  const list: unknown = isPreset(given) ? limitPresets[given] : given;
  if (!Array.isArray(list) || list.length === 0) {
    const presets = Object.keys(limitPresets).map((name) => `'${name}'`);
    throw invalidOption(path, `a list of at least one limit, or ${presets.join(' or ')}`, given);
  }
  const limits = list.map((one, index) => checkLimit(`${path}[${index}]`, one));
  for (const [index, limit] of limits.entries()) {
    const first = limits.findIndex(({ name }) => name === limit.name);
    if (first !== index)
      throw invalidOption(
        `${path}[${index}]`,
        `another limit than \`${path}[${first}]\`, which is for the same \`${limit.name}\``,
        list[index],
      );
  }
  return limits;
}

function isPreset(given: unknown): given is LimitPreset {
  return typeof given === 'string' && Object.hasOwn(limitPresets, given);
}

function checkLimit(path: string, given: unknown): CheckedLimit {
  const limit = checkObject(path, given, known);
  const unit = exactlyOne(path, limit, 'requests', 'tokens');
  const quota = checkNumber(`${path}.${unit}`, limit[unit], { min: 1, integer: true });
  const window = exactlyOne(path, limit, 'per', 'perMs');
  const windowMs =
    window === 'per'
      ? windowNames[checkOneOf(`${path}.per`, limit['per'], names)]
      : checkNumber(`${path}.perMs`, limit['perMs'], { min: 100, max: longestWindowMs, integer: true });
  const burst =
    limit['burst'] === undefined
      ? undefined
      : checkNumber(`${path}.burst`, limit['burst'], { min: 1, max: quota, integer: true });
  const models = limit['models'] === undefined ? undefined : checkModels(`${path}.models`, limit['models']);
  const scope =
    limit['scope'] === undefined ? 'organization' : checkOneOf(`${path}.scope`, limit['scope'], scopes);
  return { name: nameOf(unit, windowMs, models, scope), unit, quota, windowMs, burst, models, scope };
}

function exactlyOne<Name extends 'requests' | 'tokens' | 'per' | 'perMs'>(
  path: string,
  limit: Readonly<Record<string, unknown>>,
  ...alternatives: readonly [Name, Name]
): Name {
  const present = alternatives.filter((name) => limit[name] !== undefined);
  const [only] = present;
  if (only !== undefined && present.length === 1) return only;
  throw invalidOption(
    path,
    `a limit with exactly one of \`${alternatives.join('` and `')}\``,
    present.length === 0 ? undefined : limit,
  );
}

function checkModels(path: string, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidOption(path, 'a list of at least one model', given);
  return given.map((model, index) => checkString(`${path}[${index}]`, model));
}

function nameOf(
  unit: string,
  windowMs: number,
  models: readonly string[] | undefined,
  scope: LimitScope,
): string {
  const window = names.find((name) => windowNames[name] === windowMs) ?? `${windowMs}ms`;
  const of = models ? ` ${models.join(',')}` : '';
  return `${unit}/${window}${of}${scope === 'organization' ? '' : ` per ${scope}`}`;
}
