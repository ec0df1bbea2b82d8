import { checkFunction, checkNumber, checkObject } from '../../check.ts';
import type { Alert } from './alert.ts';

/**
 * When somebody should look. An alert begins when its value is above the threshold, and ends when it is at or below
 * nine tenths of it, or when there are fewer than half of `minCalls` left to judge by: so that it does not flap.
 */
export interface AlertOptions {
  /** 95 % of the calls take no longer than this: milliseconds, from 1 to 3,600,000. @default 3_000 */
  readonly p95Ms?: number;
  /** Share of the calls that fail (outcome error, refused, truncated or empty): from 0.0001 to 1. @default 0.05 */
  readonly errorRate?: number;
  /** Mean cost of a call in USD, over the calls whose cost is known: from 0.000001 to 1,000. @default 0.01 */
  readonly meanCostUsd?: number;
  /** Share of a limit that is used, from 0.01 to 1, judged for each limit, where there are limits. @default 0.8 */
  readonly limitUsed?: number;
  /** How far back calls count, in milliseconds: from 10,000 to 86,400,000. @default 300_000 */
  readonly windowMs?: number;
  /** With fewer calls in the window no alert begins, but for limits. An integer of at least 1. @default 20 */
  readonly minCalls?: number;
  /**
   * Told once when an alert begins and once when it ends, from a timer and never from within a call. One that throws or
   * rejects is reported once.
   */
  readonly onAlert?: (alert: Alert) => void;
}

export type CheckedAlerts = Required<Omit<AlertOptions, 'onAlert'>> & Pick<AlertOptions, 'onAlert'>;

const known = [
  'p95Ms',
  'errorRate',
  'meanCostUsd',
  'limitUsed',
  'windowMs',
  'minCalls',
  'onAlert',
] as const satisfies readonly (keyof AlertOptions)[];

const ranges = {
  p95Ms: { min: 1, max: 3_600_000 },
  errorRate: { min: 0.0001, max: 1 },
  meanCostUsd: { min: 0.000_001, max: 1_000 },
  limitUsed: { min: 0.01, max: 1 },
  windowMs: { min: 10_000, max: 86_400_000 },
  minCalls: { min: 1, integer: true },
} as const;

const defaults = {
  p95Ms: 3_000,
  errorRate: 0.05,
  meanCostUsd: 0.01,
  limitUsed: 0.8,
  windowMs: 300_000,
  minCalls: 20,
} as const;

/** @throws TelltaleError `invalid_option` */
export function checkAlertOptions(path: string, value: unknown): CheckedAlerts {
  const given = checkObject(path, value, known);
  const number = (name: keyof typeof ranges): number =>
    given[name] === undefined ? defaults[name] : checkNumber(`${path}.${name}`, given[name], ranges[name]);
  const { onAlert } = given;
  return {
    p95Ms: number('p95Ms'),
    errorRate: number('errorRate'),
    meanCostUsd: number('meanCostUsd'),
    limitUsed: number('limitUsed'),
    windowMs: number('windowMs'),
    minCalls: number('minCalls'),
    ...(onAlert !== undefined && {
      onAlert: checkFunction(`${path}.onAlert`, onAlert) as (alert: Alert) => void,
    }),
  };
}
