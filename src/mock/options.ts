import {
  checkBoolean,
  checkFunction,
  checkNumber,
  checkObject,
  checkString,
  invalidOption,
} from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { AnswerSettings } from './answer.ts';
import { type AnswerOptions, answerKeys, parseAnswering } from './answers/options.ts';
import { type Latency, type LatencyOptions, parseLatency } from './latency.ts';
import { type LimitOptions, limitKeys, noLimits, readLimitPlan } from './limits/limit.ts';
import type { Plan } from './run.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** What a start of the mock's schedule takes. */
export interface StartOptions extends LimitOptions {
  /** Decides every draw: faults, latencies, lengths, words. An integer from 0 to 4294967295. @default 1 */
  readonly seed?: number;
  /** What goes wrong when. @default nothing ever does */
  readonly schedule?: Schedule;
  /** Whether the schedule begins again after its last phase, rather than ending in calm. @default false */
  readonly loop?: boolean;
}

export interface MockOptions extends StartOptions, AnswerOptions {
  /** From 0 to 65535; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** The address to listen on. Anyone who can reach it can use the control API. @default '127.0.0.1' */
  readonly host?: string;
  /** How long the model takes. */
  readonly latency?: LatencyOptions;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

export interface MockSettings {
  readonly port: number;
  readonly host: string;
  readonly plan: Plan;
  readonly latency: Latency;
  readonly answering: AnswerSettings;
  readonly clock: Clock;
}

const planKeys = ['seed', 'schedule', 'loop', ...limitKeys];
const optionKeys = [...planKeys, 'port', 'host', 'latency', ...answerKeys, 'clock'];

export function parseOptions(options: unknown): MockSettings {
  const given = checkObject('options', options, optionKeys);
  return {
    port: checkNumber('port', given['port'] ?? 0, { min: 0, max: 65_535, integer: true }),
    host: checkString('host', given['host'] ?? '127.0.0.1'),
    plan: readPlan(given, { seed: 1, schedule: [], loop: false, ...noLimits }),
    latency: parseLatency('latency', given['latency']),
    answering: parseAnswering(given),
    clock: given['clock'] === undefined ? systemClock : checkClock(given['clock']),
  };
}

/** What is not given stays as it is. */
export function parsePlan(options: unknown, current: Plan): Plan {
  return readPlan(checkObject('options', options, planKeys), current);
}

function readPlan(given: Record<string, unknown>, current: Plan): Plan {
  const { seed, schedule, loop } = given;
  return {
    seed: checkNumber('seed', seed ?? current.seed, { min: 0, max: 2 ** 32 - 1, integer: true }),
    schedule: schedule === undefined ? current.schedule : parseSchedule('schedule', schedule),
    loop: checkBoolean('loop', loop ?? current.loop),
    ...readLimitPlan(given, current),
  };
}

function checkClock(value: unknown): Clock {
  if (typeof value !== 'object' || value === null) throw invalidOption('clock', 'a clock', value);
  const methods = value as Record<string, unknown>;
  for (const name of Object.keys(systemClock)) checkFunction(`clock.${name}`, methods[name]);
  return value as Clock;
}
