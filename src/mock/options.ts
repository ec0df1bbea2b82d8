import {
  checkBoolean,
  checkFunction,
  checkNumber,
  checkObject,
  checkString,
  invalidOption,
} from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type BackgroundOptions, defaultBackground, parseBackground } from './background-plan.ts';
import { type OutputTokens, type OutputTokensOptions, parseOutputTokens } from './completion.ts';
import { type Latency, type LatencyOptions, parseLatency } from './latency.ts';
import { type LimitOptions, limitKeys, noLimits, readLimitPlan } from './limits/limit.ts';
import type { Plan } from './run.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { parseWebhooks, type WebhookOptions } from './webhooks/webhook-plan.ts';

/** What a start of the mock's schedule takes. */
export interface StartOptions extends LimitOptions {
  /** Decides every draw: faults, latencies, lengths, words. An integer from 0 to 4294967295. @default 1 */
  readonly seed?: number;
  /** What goes wrong when. @default nothing ever does */
  readonly schedule?: Schedule;
  /** Whether the schedule begins again after its last phase, rather than ending in calm. @default false */
  readonly loop?: boolean;
  /** How long background responses take, and how many fail. */
  readonly background?: BackgroundOptions;
  /** Where events go when a background response or a batch ends; null for nowhere. @default nowhere */
  readonly webhooks?: WebhookOptions | null;
}

export interface MockOptions extends StartOptions {
  /** From 0 to 65535; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** The address to listen on. Anyone who can reach it can use the control API. @default '127.0.0.1' */
  readonly host?: string;
  /** How long the model takes. */
  readonly latency?: LatencyOptions;
  /** How long answers are. */
  readonly outputTokens?: OutputTokensOptions;
  /** Whether chat's `stream_options` is refused with 400, as some old proxies do. @default false */
  readonly refuseStreamOptions?: boolean;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

export interface MockSettings {
  readonly port: number;
  readonly host: string;
  readonly plan: Plan;
  readonly latency: Latency;
  readonly outputTokens: OutputTokens;
  readonly refuseStreamOptions: boolean;
  readonly clock: Clock;
}

const planKeys = ['seed', 'schedule', 'loop', 'background', 'webhooks', ...limitKeys];
const optionKeys = [...planKeys, 'port', 'host', 'latency', 'outputTokens', 'refuseStreamOptions', 'clock'];

const firstPlan: Plan = {
  seed: 1,
  schedule: [],
  loop: false,
  background: defaultBackground,
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
    outputTokens: parseOutputTokens('outputTokens', given['outputTokens']),
    refuseStreamOptions: checkBoolean('refuseStreamOptions', given['refuseStreamOptions'] ?? false),
    clock: given['clock'] === undefined ? systemClock : checkClock(given['clock']),
  };
}

/** What is not given stays as it is. */
export function parsePlan(options: unknown, current: Plan): Plan {
  return readPlan(checkObject('options', options, planKeys), current);
}

function readPlan(given: Record<string, unknown>, current: Plan): Plan {
  const { seed, schedule, loop, background, webhooks } = given;
  return {
    seed: checkNumber('seed', seed ?? current.seed, { min: 0, max: 2 ** 32 - 1, integer: true }),
    schedule: schedule === undefined ? current.schedule : parseSchedule('schedule', schedule),
    loop: checkBoolean('loop', loop ?? current.loop),
    background: background === undefined ? current.background : parseBackground('background', background),
    webhooks: webhooks === undefined ? current.webhooks : parseWebhooks('webhooks', webhooks),
    ...readLimitPlan(given, current),
  };
}

function checkClock(value: unknown): Clock {
  if (typeof value !== 'object' || value === null) throw invalidOption('clock', 'a clock', value);
  const methods = value as Record<string, unknown>;
  for (const name of Object.keys(systemClock)) checkFunction(`clock.${name}`, methods[name]);
  return value as Clock;
}
