import { checkAlertOptions } from '../account/alerts/alert-options.ts';
import { checkAuditOptions } from '../account/audit/audit-options.ts';
import { checkBudgets } from '../account/budget/check-budgets.ts';
import { isBudgetStore } from '../account/budget/store.ts';
import { checkPrices } from '../account/check-prices.ts';
import type { EstimatorOptions } from '../admit/estimate-tokens.ts';
import { checkLimiterOptions, checkStore, type LimiterOptions } from '../admit/limiter-options.ts';
import { checkBreakerOptions } from '../attempt/breaker/breaker-options.ts';
import { checkFallback } from '../attempt/fallback/fallback-options.ts';
import { checkRetry } from '../attempt/retry-policy.ts';
import { checkClock, checkFunction, checkNumber, checkObject, checkOneOf, invalidOption } from '../check.ts';
import { longestTimerMs } from '../clock.ts';
import { checkMetricTags } from '../observe/metric-tags.ts';
import type { ObserveOptions } from '../options.ts';
import { hasDoors, majorOf, unsupportedMajor } from './doors.ts';

const known = [
  'prices',
  'streamUsage',
  'content',
  'contentMaxBytes',
  'redact',
  'log',
  'limits',
  'mode',
  'queue',
  'shadow',
  'store',
  'limiter',
  'reserve',
  'countTokens',
  'breaker',
  'retry',
  'deadlineMs',
  'streamIdleMs',
  'fallback',
  'budget',
  'budgetStore',
  'onTruncated',
  'onEmpty',
  'alerts',
  'audit',
  'exporter',
  'metricTags',
  'clock',
] as const satisfies readonly (keyof ObserveOptions)[];

/** Checks everything before anything is done, and copies what could be changed later. */
export function checkOptions(client: unknown, options: ObserveOptions | undefined): ObserveOptions {
  if (typeof client !== 'object' || client === null)
    throw invalidOption('client', 'an OpenAI client', client);
  if (options === undefined) return {};
  const given = checkObject('options', options, known);
  if (given['streamUsage'] !== undefined)
    checkOneOf('options.streamUsage', given['streamUsage'], ['as-is', 'ask']);
  if (given['content'] !== undefined)
    checkOneOf('options.content', given['content'], ['none', 'redacted', 'full']);
  if (given['contentMaxBytes'] !== undefined)
    checkNumber('options.contentMaxBytes', given['contentMaxBytes'], { min: 1024, integer: true });
  if (given['redact'] !== undefined) checkFunction('options.redact', given['redact']);
  if (given['log'] !== undefined) checkLogger(given['log']);
  if (given['clock'] !== undefined) checkClock('options.clock', given['clock']);
  if (given['breaker'] !== undefined) checkBreakerOptions('options.breaker', given['breaker']);
  if (given['fallback'] !== undefined)
    checkFallback('options.fallback', given['fallback'], client, (other) => isLikeClient(other, client));
  if (given['alerts'] !== undefined) checkAlertOptions('options.alerts', given['alerts']);
  if (given['audit'] !== undefined) checkAuditOptions('options.audit', given['audit']);
  if (given['exporter'] !== undefined) checkExporter(given['exporter']);
  if (given['metricTags'] !== undefined) checkMetricTags('options.metricTags', given['metricTags']);
  checkLimiting(given);
  checkSurviving(given);
  checkBudgeting(given);
  if (given['prices'] === undefined) return { ...options };
  return { ...options, prices: checkPrices('options.prices', given['prices']) };
}

function checkSurviving(given: Readonly<Record<string, unknown>>): void {
  const { retry, deadlineMs, streamIdleMs } = given;
  for (const name of ['onTruncated', 'onEmpty'] as const) {
    if (given[name] !== undefined) checkOneOf(`options.${name}`, given[name], ['error', 'report']);
  }
  const time = { min: 1, max: longestTimerMs };
  if (streamIdleMs !== undefined) checkNumber('options.streamIdleMs', streamIdleMs, time);
  const boundMs = deadlineMs === undefined ? undefined : checkNumber('options.deadlineMs', deadlineMs, time);
  if (retry !== undefined) checkRetry('options.retry', retry, boundMs);
}

/** What answers one is read by the other, so both have to be of one major version. */
export function isLikeClient(other: object, client: object): boolean {
  if (!hasDoors(other) || unsupportedMajor(other) !== undefined) return false;
  return !hasDoors(client) || majorOf(other) === majorOf(client);
}

function checkLimiting(given: Readonly<Record<string, unknown>>): void {
  const { limits, limiter, reserve, countTokens } = given;
  if (countTokens !== undefined) checkFunction('options.countTokens', countTokens);
  if (reserve !== undefined) checkOneOf('options.reserve', reserve, ['max', 'sum']);
  if (limiter !== undefined && !isLimiter(limiter))
    throw invalidOption('options.limiter', 'a limiter of `createLimiter`', limiter);
  for (const name of ['limits', 'mode', 'queue', 'shadow'] as const) {
    if (given[name] === undefined) continue;
    if (limiter !== undefined)
      throw invalidOption(`options.${name}`, 'absent, because `options.limiter` has its own', given[name]);
    if (limits === undefined)
      throw invalidOption(`options.${name}`, 'absent where there are no `options.limits`', given[name]);
  }
  checkStoring(given);
  const isLimited = limits !== undefined || limiter !== undefined;
  if (reserve !== undefined && !isLimited)
    throw invalidOption('options.reserve', 'absent where there are no limits', reserve);
  if (countTokens !== undefined && !isLimited && given['budget'] === undefined)
    throw invalidOption('options.countTokens', 'absent where there are no limits and no budget', countTokens);
  // Its own checks name the same options.
  if (limits !== undefined) checkLimiterOptions(limiterOptions(given as ObserveOptions));
}

/** Both limits and budgets are kept there. */
function checkStoring({ store, limits, limiter, budget }: Readonly<Record<string, unknown>>): void {
  if (store === undefined) return;
  if (budget === undefined && limiter !== undefined)
    throw invalidOption('options.store', 'absent, because `options.limiter` has its own', store);
  if (budget === undefined && limits === undefined)
    throw invalidOption(
      'options.store',
      'absent where there are no `options.limits` and no `options.budget`',
      store,
    );
  checkStore('options.store', store);
}

function checkBudgeting({ budget, budgetStore }: Readonly<Record<string, unknown>>): void {
  if (budget !== undefined) checkBudgets('options.budget', budget);
  if (budgetStore === undefined) return;
  if (budget === undefined)
    throw invalidOption('options.budgetStore', 'absent where there is no `options.budget`', budgetStore);
  if (!isBudgetStore(budgetStore))
    throw invalidOption(
      'options.budgetStore',
      'a store of `memoryBudgetStore`, `fileBudgetStore` or `redisBudgetStore`',
      budgetStore,
    );
}

function isLimiter(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['acquire', 'learn', 'stats'].every((name) => typeof Reflect.get(value, name) === 'function');
}

/** Those of `TokenEstimator` among the options of `observe`. */
export function estimatorOptions({ reserve, countTokens }: ObserveOptions): EstimatorOptions {
  return { ...(reserve !== undefined && { reserve }), ...(countTokens !== undefined && { countTokens }) };
}

/** Those of `createLimiter` among the options of `observe`. */
export function limiterOptions({
  limits = [],
  mode,
  queue,
  shadow,
  store,
  clock,
}: ObserveOptions): LimiterOptions {
  return {
    limits,
    ...(mode !== undefined && { mode }),
    ...(queue !== undefined && { queue }),
    ...(shadow !== undefined && { shadow }),
    ...(store !== undefined && { store }),
    ...(clock !== undefined && { clock }),
  };
}

function checkLogger(log: unknown): void {
  if ((typeof log !== 'object' && typeof log !== 'function') || log === null)
    throw invalidOption(
      'options.log',
      'a logger with the methods info, warn and error, such as `pino()`',
      log,
    );
  for (const level of ['info', 'warn', 'error'])
    checkFunction(`options.log.${level}`, Reflect.get(log, level));
}

function checkExporter(exporter: unknown): void {
  if (typeof exporter !== 'object' || exporter === null)
    throw invalidOption('options.exporter', 'what `watchExporters` of telltale/node gives', exporter);
  checkFunction('options.exporter.figures', Reflect.get(exporter, 'figures'));
}

/**
 * The same text for options that mean the same, whatever the order of their keys. A logger, a limiter, a store and a watch are known by identity,
 * since what is in them is their own affair, and so are the functions of a clock.
 */
export function optionsKey(options: ObserveOptions | undefined): string {
  const { log, limiter, store, budgetStore, exporter, ...others } = options ?? {};
  const logger = log === undefined ? '' : `log ${numberOf(log)} `;
  const shared = limiter === undefined ? '' : `limiter ${numberOf(limiter)} `;
  const held = store === undefined ? '' : `store ${numberOf(store)} `;
  const money = budgetStore === undefined ? '' : `budgets ${numberOf(budgetStore)} `;
  const watch = exporter === undefined ? '' : `exporter ${numberOf(exporter)} `;
  return (
    logger +
    shared +
    held +
    money +
    watch +
    JSON.stringify(others, (key, value: unknown) => {
      if (typeof value === 'function' || (key === 'client' && typeof value === 'object' && value !== null))
        return numberOf(value);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    })
  );
}

const numbers = new WeakMap<object, number>();
let numbered = 0;

function numberOf(value: object): number {
  const known = numbers.get(value);
  if (known !== undefined) return known;
  numbers.set(value, ++numbered);
  return numbered;
}
