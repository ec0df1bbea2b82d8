import { checkBoolean, checkObject, checkString, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { type Destination, destinationOf, type SignalName } from './endpoint.ts';
import type { StartOptions } from './options.ts';
import { type Queue, queueOf } from './queue.ts';
import { type TraceFileSettings, traceFileSettings } from './trace-file/file-settings.ts';
import { delayRange, type NumberSource, numberFrom, variable } from './variables.ts';

/** What `start` is to do, with options, environment and defaults settled. Plain data, so that two can be compared. */
export interface Settings {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string | number | boolean>>;
  readonly traces: Signal;
  readonly metrics: Signal;
  readonly logs: Signal;
  /** Where spans are written; undefined where they are not. */
  readonly files: TraceFileSettings | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly metricIntervalMs: number;
  readonly metricTimeoutMs: number;
  readonly spanQueue: Queue;
  readonly logQueue: Queue;
  readonly handleSignals: boolean;
  readonly exportTimeoutMs: number;
}

/** Where one kind of telemetry goes, and how long one export of it may take. */
export type Signal = Destination & { readonly timeoutMs: number };

const numbers = {
  metricIntervalMs: { variables: ['OTEL_METRIC_EXPORT_INTERVAL'], fallback: 15_000, range: delayRange },
  metricTimeoutMs: { variables: ['OTEL_METRIC_EXPORT_TIMEOUT'], fallback: 30_000, range: delayRange },
  exportTimeoutMs: { variables: ['OTEL_EXPORTER_OTLP_TIMEOUT'], fallback: 5_000, range: delayRange },
} satisfies Record<string, NumberSource>;

const known = [
  'serviceName',
  'endpoint',
  'file',
  'headers',
  'traces',
  'metrics',
  'logs',
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
  const files = filesOf(given['file'], environment);
  const metricIntervalMs = number('metricIntervalMs');
  const exportTimeoutMs = number('exportTimeoutMs');
  const signal = (name: SignalName, wanted: boolean | undefined, longestMs: number): Signal => {
    const variables = given['exportTimeoutMs'] === undefined ? [`OTEL_EXPORTER_OTLP_${name}_TIMEOUT`] : [];
    const fallback = Math.min(exportTimeoutMs, longestMs);
    return {
      ...destinationOf(name, wanted, given['endpoint'], environment, files !== undefined),
      timeoutMs: numberFrom(environment, '', undefined, { variables, fallback, range: delayRange }),
    };
  };
  const traces = signal('TRACES', flag('traces'), delayRange.max);
  if (files && traces.kind === 'environment') {
    throw new TelltaleError(
      'invalid_option',
      'Expected traces to go into files or to the exporter that the OTEL_* variables choose, not both: leave out `file` and TELLTALE_TRACE_DIRECTORY, or OTEL_TRACES_EXPORTER and the protocol',
    );
  }
  return {
    disabled: variable(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    serviceName: serviceName === undefined ? undefined : checkString('options.serviceName', serviceName),
    resourceAttributes: checkAttributes(given['resourceAttributes']),
    traces,
    metrics: signal('METRICS', flag('metrics'), Math.ceil(metricIntervalMs / 2)),
    logs: signal('LOGS', flag('logs'), delayRange.max),
    files,
    headers: checkHeaders(given['headers']),
    metricIntervalMs,
    // The reader wants a time-out no longer than its interval.
    metricTimeoutMs: Math.min(number('metricTimeoutMs'), metricIntervalMs),
    spanQueue: queueOf('OTEL_BSP', 5_000, given, environment),
    logQueue: queueOf('OTEL_BLRP', 1_000, given, environment),
    handleSignals: flag('handleSignals') ?? true,
    exportTimeoutMs,
  };
}

function filesOf(given: unknown, environment: NodeJS.ProcessEnv): Settings['files'] {
  if (given === false) return undefined;
  if (given === true) return traceFileSettings('options.file', {});
  if (typeof given === 'string')
    return traceFileSettings('options', { directory: checkString('options.file', given) });
  if (given !== undefined) return traceFileSettings('options.file', given);
  const directory = variable(environment, 'TELLTALE_TRACE_DIRECTORY');
  return directory === undefined ? undefined : traceFileSettings('options', { directory });
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
