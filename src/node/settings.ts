import { checkBoolean, checkObject, checkString, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { type Destination, destinationOf, type SignalName } from './endpoint.ts';
import type { StartOptions } from './options.ts';
import { type NumberSource, numberFrom, variable } from './variables.ts';

/** What `start` is to do, with options, environment and defaults settled. Plain data, so that two can be compared. */
export interface Settings {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string | number | boolean>>;
  readonly traces: Signal;
  readonly metrics: Signal;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly metricIntervalMs: number;
  readonly metricTimeoutMs: number;
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly scheduledDelayMs: number;
  readonly batchTimeoutMs: number;
  readonly handleSignals: boolean;
  readonly exportTimeoutMs: number;
}

/** Where one kind of telemetry goes, and how long one export of it may take. */
export type Signal = Destination & { readonly timeoutMs: number };

const delay = { min: 1, max: 2_147_483_647, integer: true } as const;
const count = { min: 1, integer: true } as const;

const numbers = {
  metricIntervalMs: { variables: ['OTEL_METRIC_EXPORT_INTERVAL'], fallback: 15_000, range: delay },
  metricTimeoutMs: { variables: ['OTEL_METRIC_EXPORT_TIMEOUT'], fallback: 30_000, range: delay },
  maxQueueSize: { variables: ['OTEL_BSP_MAX_QUEUE_SIZE'], fallback: 2_048, range: count },
  maxBatchSize: { variables: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], fallback: 512, range: count },
  scheduledDelayMs: { variables: ['OTEL_BSP_SCHEDULE_DELAY'], fallback: 5_000, range: delay },
  batchTimeoutMs: { variables: ['OTEL_BSP_EXPORT_TIMEOUT'], fallback: 30_000, range: delay },
  exportTimeoutMs: { variables: ['OTEL_EXPORTER_OTLP_TIMEOUT'], fallback: 5_000, range: delay },
} satisfies Record<string, NumberSource>;

const known = [
  'serviceName',
  'endpoint',
  'headers',
  'traces',
  'metrics',
  'metricIntervalMs',
  'resourceAttributes',
  'maxQueueSize',
  'scheduledDelayMs',
  'handleSignals',
  'exportTimeoutMs',
] as const satisfies readonly (keyof StartOptions)[];

/** @throws TelltaleError `invalid_option` naming the option or the variable. */
export function settle(options: StartOptions, environment: NodeJS.ProcessEnv): Settings {
  const given = checkObject('options', options, known);
  const flag = (name: keyof StartOptions): boolean | undefined =>
    given[name] === undefined ? undefined : checkBoolean(`options.${name}`, given[name]);
  const number = (name: keyof typeof numbers): number =>
    numberFrom(environment, `options.${name}`, given[name], numbers[name]);

  const { serviceName } = given;
  const maxQueueSize = number('maxQueueSize');
  const metricIntervalMs = number('metricIntervalMs');
  const exportTimeoutMs = number('exportTimeoutMs');
  const signal = (name: SignalName, wanted: boolean | undefined, longestMs: number): Signal => {
    const variables = given['exportTimeoutMs'] === undefined ? [`OTEL_EXPORTER_OTLP_${name}_TIMEOUT`] : [];
    const fallback = Math.min(exportTimeoutMs, longestMs);
    return {
      ...destinationOf(name, wanted, given['endpoint'], environment),
      timeoutMs: numberFrom(environment, '', undefined, { variables, fallback, range: delay }),
    };
  };
  return {
    disabled: variable(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    serviceName: serviceName === undefined ? undefined : checkString('options.serviceName', serviceName),
    resourceAttributes: checkAttributes(given['resourceAttributes']),
    traces: signal('TRACES', flag('traces'), delay.max),
    metrics: signal('METRICS', flag('metrics'), Math.ceil(metricIntervalMs / 2)),
    headers: checkHeaders(given['headers']),
    metricIntervalMs,
    // The reader wants a time-out no longer than its interval, and the processor a batch no larger than its queue.
    metricTimeoutMs: Math.min(number('metricTimeoutMs'), metricIntervalMs),
    maxQueueSize,
    maxBatchSize: Math.min(number('maxBatchSize'), maxQueueSize),
    scheduledDelayMs: number('scheduledDelayMs'),
    batchTimeoutMs: number('batchTimeoutMs'),
    handleSignals: flag('handleSignals') ?? true,
    exportTimeoutMs,
  };
}

function checkHeaders(value: unknown): Settings['headers'] {
  if (value === undefined) return undefined;
  const headers = checkRecord('options.headers', value);
  for (const [name, text] of Object.entries(headers)) {
    if (typeof text === 'string') continue;
    // A header often is a credential, so its value is not shown.
    throw new TelltaleError('invalid_option', `Expected \`options.headers[${name}]\` to be a string`);
  }
  return { ...headers } as Record<string, string>;
}

function checkAttributes(value: unknown): Settings['resourceAttributes'] {
  if (value === undefined) return {};
  const attributes = checkRecord('options.resourceAttributes', value);
  for (const [name, attribute] of Object.entries(attributes)) {
    if (['string', 'number', 'boolean'].includes(typeof attribute)) continue;
    throw invalidOption(`options.resourceAttributes[${name}]`, 'a string, a number or a boolean', attribute);
  }
  return { ...attributes } as Record<string, string | number | boolean>;
}

/** An object of any keys. */
function checkRecord(path: string, value: unknown): Record<string, unknown> {
  return checkObject(path, value, typeof value === 'object' && value !== null ? Object.keys(value) : []);
}
