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
import { type BackgroundOptions, defaultBackground, parseBackground } from './background-plan.ts';
import { type BatchOptions, defaultBatching, parseBatching } from './batch-options.ts';
import type { Course } from './chaos/chaos.ts';
import { type Latency, type LatencyOptions, parseLatency } from './latency.ts';
import { type LimitOptions, limitKeys, noLimits, readLimitPlan } from './limits/limit.ts';
import type { Plan } from './run.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { parseWebhooks, type WebhookOptions } from './webhooks/webhook-plan.ts';

/** What goes wrong when. */
export interface ScheduleOptions {
  /** @default nothing ever goes wrong */
  readonly schedule?: Schedule;
  /** Whether the schedule begins again after its last phase, rather than ending in calm. @default false */
  readonly loop?: boolean;
  /**
   * Every time in the schedule is multiplied by it: with 0.5 all happens twice as fast. The faults themselves are no
   * faster. More than 0, at most 1e6. @default 1
   */
  readonly scale?: number;
}

/** What a start of the mock's schedule takes. */
export interface StartOptions extends ScheduleOptions, LimitOptions {
  /** Decides every draw: faults, latencies, lengths, words. An integer from 0 to 4294967295. @default 1 */
  readonly seed?: number;
  /** How long background responses take, and how many fail. */
  readonly background?: BackgroundOptions;
  /** How batches run. */
  readonly batches?: BatchOptions;
  /** Where events go when a background response, a batch or a job ends; null for nowhere. @default nowhere */
  readonly webhooks?: WebhookOptions | null;
}

/** Where the mock listens, how long it takes, what it answers and what goes wrong. */
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

const courseKeys = ['schedule', 'loop', 'scale'];
const planKeys = ['seed', ...courseKeys, 'background', 'batches', 'webhooks', ...limitKeys];
const optionKeys = [...planKeys, 'port', 'host', 'latency', ...answerKeys, 'clock'];

const firstPlan: Plan = {
  seed: 1,
  schedule: [],
  loop: false,
  scale: 1,
  background: defaultBackground,
  batches: defaultBatching,
  webhooks: null,
  ...noLimits,
};

export function parseOptions(options: unknown): MockSettings {
  const given = checkObject('options', options, optionKeys);
  return {
    port: checkNumber('port', given['port'] ?? 0, { min: 0, max: 65_535, integer: true }),
    host: checkString('host', given['host'] ?? '127.0.0.1'),
    plan: readPlan(given, firstPlan),
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
  const { seed, background, batches, webhooks } = given;
  return {
    seed: checkNumber('seed', seed ?? current.seed, { min: 0, max: 2 ** 32 - 1, integer: true }),
    ...readCourse(given, current),
    background: background === undefined ? current.background : parseBackground('background', background),
    batches: batches === undefined ? current.batches : parseBatching('batches', batches),
    webhooks: webhooks === undefined ? current.webhooks : parseWebhooks('webhooks', webhooks),
    ...readLimitPlan(given, current),
  };
}

/** What is not given stays as it is. */
export function parseCourse(options: unknown, current: Course): Course {
  return readCourse(checkObject('options', options, courseKeys), current);
}

function readCourse({ schedule, loop, scale }: Record<string, unknown>, current: Course): Course {
  return {
    schedule: schedule === undefined ? current.schedule : parseSchedule('schedule', schedule),
    loop: checkBoolean('loop', loop ?? current.loop),
    scale: checkScale('scale', scale ?? current.scale),
  };
}

const mostScale = 1e6;

function checkScale(path: string, value: unknown): number {
  const scale = checkNumber(path, value, { max: mostScale });
  if (scale > 0) return scale;
  throw invalidOption(path, `more than 0 and at most ${mostScale}`, value);
}

function checkClock(value: unknown): Clock {
  if (typeof value !== 'object' || value === null) throw invalidOption('clock', 'a clock', value);
  const methods = value as Record<string, unknown>;
  for (const name of Object.keys(systemClock)) checkFunction(`clock.${name}`, methods[name]);
  return value as Clock;
}
