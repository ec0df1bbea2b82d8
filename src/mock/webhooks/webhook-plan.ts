import {
  checkBoolean,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';

/** The events that the mock sends. */
export const webhookTypes = [
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
  'batch.completed',
  'batch.failed',
  'batch.expired',
  'batch.cancelled',
  'eval.run.succeeded',
  'eval.run.failed',
  'eval.run.canceled',
  'fine_tuning.job.succeeded',
  'fine_tuning.job.failed',
  'fine_tuning.job.cancelled',
  'video.completed',
  'video.failed',
] as const;

/** An event that the mock can tell of. */
export type WebhookType = (typeof webhookTypes)[number];

export function isWebhookType(type: string): type is WebhookType {
  return (webhookTypes as readonly string[]).includes(type);
}

/** Where events go, signed as OpenAI signs them, and what goes wrong on their way. */
export interface WebhookOptions {
  /** Where to. On this machine, unless `allowRemote`. */
  readonly url: string;
  /** What the signature is made with: `whsec_` and base64, as OpenAI gives it, or any other text as it stands. */
  readonly secret: string;
  /** Which events are sent. @default all */
  readonly events?: readonly WebhookType[];
  /** How often an event is sent again that was not answered with 2xx, from 0 to 20. @default 5 */
  readonly retries?: number;
  /** Until it is sent again, in milliseconds, at least 1; twice that before the next, and so on, each up to a quarter less. @default 500 */
  readonly backoffMs?: number;
  /** How long an answer is waited for, in milliseconds, at least 1. @default 5000 */
  readonly timeoutMs?: number;
  /** The share of events that are sent twice, with the same `webhook-id`, from 0 to 1. @default 0 */
  readonly duplicateRate?: number;
  /** The share of events that come late, from 0 to 1. @default 0 */
  readonly lateRate?: number;
  /** How late at most, in milliseconds. @default 5000 */
  readonly lateMs?: number;
  /** The share of events that are held back until the next event was sent, or for `lateMs`, from 0 to 1. @default 0 */
  readonly swapRate?: number;
  /** Whether `url` may name another machine. @default false */
  readonly allowRemote?: boolean;
}

export type WebhookPlan = Required<WebhookOptions>;

const keys = [
  'url',
  'secret',
  'events',
  'retries',
  'backoffMs',
  'timeoutMs',
  'duplicateRate',
  'lateRate',
  'lateMs',
  'swapRate',
  'allowRemote',
];

const DAY_MS = 86_400_000;

/** Null means none. */
export function parseWebhooks(path: string, value: unknown): WebhookPlan | null {
  if (value === null) return null;
  const given = checkObject(path, value, keys);
  const number = (key: string, by: number, min: number, max: number, integer = false): number =>
    checkNumber(`${path}.${key}`, given[key] ?? by, { min, max, integer });
  const allowRemote = checkBoolean(`${path}.allowRemote`, given['allowRemote'] ?? false);
  return {
    url: parseUrl(`${path}.url`, given['url'], allowRemote),
    secret: checkString(`${path}.secret`, given['secret']),
    events: given['events'] === undefined ? webhookTypes : parseEvents(`${path}.events`, given['events']),
    retries: number('retries', 5, 0, 20, true),
    backoffMs: number('backoffMs', 500, 1, DAY_MS),
    timeoutMs: number('timeoutMs', 5_000, 1, DAY_MS),
    duplicateRate: number('duplicateRate', 0, 0, 1),
    lateRate: number('lateRate', 0, 0, 1),
    lateMs: number('lateMs', 5_000, 0, DAY_MS),
    swapRate: number('swapRate', 0, 0, 1),
    allowRemote,
  };
}

function parseUrl(path: string, value: unknown, allowRemote: boolean): string {
  const text = checkString(path, value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidOption(path, 'an http or https URL', value);
  if (allowRemote || isLoopback(url.hostname)) return text;
  throw invalidOption(path, 'on this machine, or `allowRemote` to be true', value);
}

function isLoopback(hostname: string): boolean {
  // The parser has made one form of every way to write an address.
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function parseEvents(path: string, value: unknown): readonly WebhookType[] {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of events', value);
  return value.map((type, index) => checkOneOf(`${path}[${index}]`, type, webhookTypes));
}
