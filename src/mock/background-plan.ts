import { checkNumber, checkObject } from '../check.ts';

/**
 * How long background responses take, and how many fail. Times are drawn from a log-normal distribution with the given
 * median, as a function of the seed, the call id and the attempt.
 */
export interface BackgroundOptions {
  /** Median time in `queued`, in milliseconds, from 0 to an hour. @default 200 */
  readonly queuedMs?: number;
  /** Median time in `in_progress`, in milliseconds, from 0 to an hour. @default 1000 */
  readonly runsMs?: number;
  /** Standard deviation of the logarithm of both times, from 0 (always the median) to 2. @default 0.3 */
  readonly sigma?: number;
  /** The share that ends in `failed`, somewhere on the way, from 0 to 1. @default 0 */
  readonly failRate?: number;
}

export type BackgroundPlan = Required<BackgroundOptions>;

export const defaultBackground: BackgroundPlan = { queuedMs: 200, runsMs: 1_000, sigma: 0.3, failRate: 0 };

const HOUR_MS = 3_600_000;

const most: BackgroundPlan = { queuedMs: HOUR_MS, runsMs: HOUR_MS, sigma: 2, failRate: 1 };

export function parseBackground(path: string, value: unknown): BackgroundPlan {
  const given = checkObject(path, value, Object.keys(defaultBackground));
  function read(key: keyof BackgroundPlan): number {
    return given[key] === undefined
      ? defaultBackground[key]
      : checkNumber(`${path}.${key}`, given[key], { min: 0, max: most[key] });
  }
  return {
    queuedMs: read('queuedMs'),
    runsMs: read('runsMs'),
    sigma: read('sigma'),
    failRate: read('failRate'),
  };
}
