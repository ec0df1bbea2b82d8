import { checkPrices } from '../account/check-prices.ts';
import { checkFunction, checkNumber, checkObject, checkOneOf, invalidOption } from '../check.ts';
import type { ObserveOptions } from '../options.ts';

const known = [
  'prices',
  'streamUsage',
  'content',
  'contentMaxBytes',
  'redact',
  'log',
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
  if (given['clock'] !== undefined) checkClock(given['clock']);
  if (given['prices'] === undefined) return { ...options };
  return { ...options, prices: checkPrices('options.prices', given['prices']) };
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

function checkClock(clock: unknown): void {
  const parts = (typeof clock === 'object' && clock !== null ? clock : {}) as Record<string, unknown>;
  for (const name of ['nowMs', 'epochMs', 'random', 'schedule']) {
    if (typeof parts[name] !== 'function')
      throw invalidOption(`options.clock.${name}`, 'a function', parts[name]);
  }
}

/**
 * The same text for options that mean the same, whatever the order of their keys. A logger is known by identity,
 * since what is in it is its own affair, and so are the functions of a clock.
 */
export function optionsKey(options: ObserveOptions | undefined): string {
  const { log, ...others } = options ?? {};
  const logger = log === undefined ? '' : `log ${numberOf(log)} `;
  return (
    logger +
    JSON.stringify(others, (_key, value: unknown) => {
      if (typeof value === 'function') return numberOf(value);
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
