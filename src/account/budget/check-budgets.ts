import {
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';
import type { Budget, CheckedBudget, OnExceeded } from './budget.ts';
import { picoOfUsd } from './exact-usd.ts';
import { type PeriodName, periodNames } from './period.ts';

const known = [
  'usd',
  'per',
  'models',
  'scope',
  'tag',
  'alertAt',
  'onAlert',
  'onExceeded',
  'downgrade',
  'unpriced',
  'assumedOutputTokens',
] as const satisfies readonly (keyof Budget)[];

/**
 * Checks one budget or a list of them, and copies it.
 *
 * @param path what it is called in messages, such as `options.budget`
 * @throws TelltaleError `invalid_option`
 */
export function checkBudgets(path: string, given: unknown): readonly CheckedBudget[] {
  if (!Array.isArray(given)) return [checkBudget(path, given)];
  if (given.length === 0) throw invalidOption(path, 'a budget, or a list of at least one', given);
  const budgets = given.map((one, index) => checkBudget(`${path}[${index}]`, one));
  for (const [index, budget] of budgets.entries()) {
    const first = budgets.findIndex(({ name }) => name === budget.name);
    if (first !== index)
      throw invalidOption(
        `${path}[${index}]`,
        `another budget than \`${path}[${first}]\`, which is for the same \`${budget.name}\``,
        given[index],
      );
  }
  return budgets;
}

function checkBudget(path: string, given: unknown): CheckedBudget {
  const budget = checkObject(path, given, known);
  const { onAlert, assumedOutputTokens = 4_096 } = budget;
  const usd = checkNumber(`${path}.usd`, budget['usd'], { min: 0.000001, max: 1e9 });
  const per = checkOneOf(`${path}.per`, budget['per'], periodNames);
  const models = budget['models'] === undefined ? undefined : checkNames(`${path}.models`, budget['models']);
  const scope = checkOneOf(`${path}.scope`, budget['scope'] ?? 'organization', [
    'organization',
    'project',
    'user',
  ]);
  const tag = budget['tag'] === undefined ? undefined : checkString(`${path}.tag`, budget['tag']);
  if (onAlert !== undefined) checkFunction(`${path}.onAlert`, onAlert);
  const onExceeded = checkOneOf(`${path}.onExceeded`, budget['onExceeded'] ?? 'reject', [
    'reject',
    'allow',
    'downgrade',
  ]);
  return {
    name: nameOf(per, models, scope, tag),
    limitPico: picoOfUsd(usd),
    per,
    models,
    scope,
    tag,
    alertAt: checkThresholds(`${path}.alertAt`, budget['alertAt'] ?? [0.5, 0.8, 1]),
    onAlert: onAlert as CheckedBudget['onAlert'],
    onExceeded,
    downgrade: checkDowngrade(`${path}.downgrade`, budget['downgrade'], onExceeded),
    unpriced: checkOneOf(`${path}.unpriced`, budget['unpriced'] ?? 'refuse', ['refuse', 'allow']),
    assumedOutputTokens: checkNumber(`${path}.assumedOutputTokens`, assumedOutputTokens, {
      min: 1,
      max: 1e9,
      integer: true,
    }),
  };
}

function checkThresholds(path: string, given: unknown): readonly number[] {
  if (!Array.isArray(given) || given.length > 20)
    throw invalidOption(path, 'a list of at most 20 shares', given);
  const shares = given.map((share, index) => checkNumber(`${path}[${index}]`, share, { min: 0.01, max: 10 }));
  // To a millionth, as they are written down.
  return [...new Set(shares.map((share) => Math.round(share * 1e6) / 1e6))].sort((a, b) => a - b);
}

function checkDowngrade(
  path: string,
  given: unknown,
  onExceeded: OnExceeded,
): Readonly<Record<string, string>> {
  if (given === undefined) {
    if (onExceeded !== 'downgrade') return {};
    throw invalidOption(
      path,
      "models by the name of a dearer one, because `onExceeded` is 'downgrade'",
      given,
    );
  }
  if (onExceeded !== 'downgrade')
    throw invalidOption(path, "absent where `onExceeded` is not 'downgrade'", given);
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0)
    throw invalidOption(path, 'models by the name of a dearer one', given);
  const models: [string, string][] = [];
  for (const [model, cheaper] of Object.entries(given)) {
    checkString(`${path}.${model}`, cheaper);
    if (cheaper === model) throw invalidOption(`${path}.${model}`, 'another model', cheaper);
    models.push([model, cheaper as string]);
  }
  return Object.fromEntries(models);
}

function checkNames(path: string, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidOption(path, 'a list of at least one model', given);
  return given.map((model, index) => checkString(`${path}[${index}]`, model));
}

function nameOf(
  per: PeriodName,
  models: readonly string[] | undefined,
  scope: CheckedBudget['scope'],
  tag: string | undefined,
): string {
  const of = models ? ` ${models.join(',')}` : '';
  const whose = [...(scope === 'organization' ? [] : [scope]), ...(tag === undefined ? [] : [`tag ${tag}`])];
  return `usd/${per}${of}${whose.length > 0 ? ` per ${whose.join(', ')}` : ''}`;
}
