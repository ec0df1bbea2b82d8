import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TelltaleError } from '../../src/errors.ts';
import type { StartOptions } from '../../src/node/options.ts';
import { type Settings, settle } from '../../src/node/settings.ts';

function messageFor(options: unknown, environment: NodeJS.ProcessEnv = {}): string {
  try {
    settle(options as StartOptions, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(TelltaleError);
    expect((error as TelltaleError).code).toBe('invalid_option');
    return (error as TelltaleError).message;
  }
  throw new Error('nothing was thrown');
}

describe('a wrong option of start() is named in one sentence', () => {
  test.each<[unknown, string]>([
    ['http://x', 'Expected `options` to be an object, got `"http://x"` (string)'],
    [{ endpont: 'http://x' }, 'Unknown option `options.endpont`. Did you mean `endpoint`?'],
    [
      { endpoint: 'localhost' },
      'Expected `options.endpoint` to be an HTTP URL such as \'http://127.0.0.1:4318\', got `"localhost"` (string)',
    ],
    [
      { endpoint: 'localhost:4318' },
      'Expected `options.endpoint` to be an HTTP URL such as \'http://127.0.0.1:4318\', got `"localhost:4318"` (string)',
    ],
    [{ serviceName: '' }, 'Expected `options.serviceName` to be a non-empty string, got `""` (string)'],
    [{ traces: 'yes' }, 'Expected `options.traces` to be true or false, got `"yes"` (string)'],
    [{ logs: 'yes' }, 'Expected `options.logs` to be true or false, got `"yes"` (string)'],
    [{ handleSignals: 1 }, 'Expected `options.handleSignals` to be true or false, got `1` (number)'],
    [
      { metricIntervalMs: 0 },
      'Expected `options.metricIntervalMs` to be an integer from 1 to 2147483647, got `0` (number)',
    ],
    [{ maxQueueSize: 1.5 }, 'Expected `options.maxQueueSize` to be a positive integer, got `1.5` (number)'],
    [
      { scheduledDelayMs: '5s' },
      'Expected `options.scheduledDelayMs` to be an integer from 1 to 2147483647, got `"5s"` (string)',
    ],
    [{ headers: ['a'] }, 'Expected `options.headers` to be an object, got `an array of 1` (array)'],
    [
      { resourceAttributes: { team: null } },
      'Expected `options.resourceAttributes[team]` to be a string, a number or a boolean, got `null` (null)',
    ],
  ])('%j', (options, message) => {
    expect(messageFor(options)).toBe(message);
  });

  test('a header is never shown, since it may be a credential', () => {
    expect(messageFor({ headers: { authorization: ['secret'] } })).toBe(
      'Expected `options.headers[authorization]` to be a string',
    );
  });
});

describe('a wrong variable is named in one sentence', () => {
  test.each<[string, string, string]>([
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'localhost:4318',
      'an HTTP URL such as \'http://127.0.0.1:4318\', got `"localhost:4318"` (string)',
    ],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'collector',
      'an HTTP URL such as \'http://127.0.0.1:4318\', got `"collector"` (string)',
    ],
    ['OTEL_METRIC_EXPORT_INTERVAL', '1m', 'an integer from 1 to 2147483647, got `"1m"` (string)'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '-3', 'a positive integer, got `-3` (number)'],
    ['OTEL_BLRP_SCHEDULE_DELAY', '0', 'an integer from 1 to 2147483647, got `0` (number)'],
  ])('%s', (name, value, expected) => {
    expect(messageFor({}, { [name]: value })).toBe(`Expected \`${name}\` to be ${expected}`);
  });
});

test('with nothing given, everything goes to the local collector', () => {
  expect(settle({}, {})).toEqual<Settings>({
    disabled: false,
    serviceName: undefined,
    resourceAttributes: {},
    traces: { kind: 'otlp', url: 'http://localhost:4318/v1/traces', timeoutMs: 5_000 },
    metrics: { kind: 'otlp', url: 'http://localhost:4318/v1/metrics', timeoutMs: 5_000 },
    logs: { kind: 'otlp', url: 'http://localhost:4318/v1/logs', timeoutMs: 5_000 },
    files: undefined,
    headers: undefined,
    metricIntervalMs: 15_000,
    metricTimeoutMs: 15_000,
    spanQueue: { maxQueueSize: 2_048, maxBatchSize: 512, scheduledDelayMs: 5_000, batchTimeoutMs: 30_000 },
    logQueue: { maxQueueSize: 2_048, maxBatchSize: 512, scheduledDelayMs: 1_000, batchTimeoutMs: 30_000 },
    handleSignals: true,
    exportTimeoutMs: 5_000,
  });
});

test('the standard variables are read, and an empty one counts as not set', () => {
  const settings = settle(
    {},
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com/base/',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://metrics.example.com/own',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs.example.com/own',
      OTEL_METRIC_EXPORT_INTERVAL: '2000',
      OTEL_METRIC_EXPORT_TIMEOUT: '1000',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_SCHEDULE_DELAY: '',
      OTEL_BSP_EXPORT_TIMEOUT: ' 700 ',
      OTEL_BLRP_MAX_QUEUE_SIZE: '2000',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '20',
      OTEL_BLRP_SCHEDULE_DELAY: '300',
      OTEL_BLRP_EXPORT_TIMEOUT: '400',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '900',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '800',
    },
  );
  expect(settings).toMatchObject({
    traces: { kind: 'otlp', url: 'https://otlp.example.com/base/v1/traces', timeoutMs: 900 },
    metrics: { kind: 'otlp', url: 'http://metrics.example.com/own', timeoutMs: 1_000 },
    logs: { kind: 'otlp', url: 'http://logs.example.com/own', timeoutMs: 800 },
    metricIntervalMs: 2_000,
    metricTimeoutMs: 1_000,
    spanQueue: { maxQueueSize: 100, maxBatchSize: 100, scheduledDelayMs: 5_000, batchTimeoutMs: 700 },
    logQueue: { maxQueueSize: 2_000, maxBatchSize: 20, scheduledDelayMs: 300, batchTimeoutMs: 400 },
  });
});

test('an option wins over its variable', () => {
  const settings = settle(
    {
      endpoint: 'http://10.0.0.1:4318',
      metricIntervalMs: 1_000,
      maxQueueSize: 7,
      scheduledDelayMs: 9,
      exportTimeoutMs: 300,
    },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://elsewhere:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://elsewhere:4318/v1/traces',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '9000',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
      OTEL_BSP_MAX_QUEUE_SIZE: '1',
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_BLRP_MAX_QUEUE_SIZE: '1',
      OTEL_BLRP_SCHEDULE_DELAY: '1',
    },
  );
  expect(settings).toMatchObject({
    traces: { kind: 'otlp', url: 'http://10.0.0.1:4318/v1/traces', timeoutMs: 300 },
    metrics: { kind: 'otlp', url: 'http://10.0.0.1:4318/v1/metrics', timeoutMs: 300 },
    logs: { kind: 'otlp', url: 'http://10.0.0.1:4318/v1/logs', timeoutMs: 300 },
    metricIntervalMs: 1_000,
    spanQueue: { maxQueueSize: 7, scheduledDelayMs: 9 },
    logQueue: { maxQueueSize: 7, scheduledDelayMs: 9 },
  });
});

test('an export of metrics waits at most half of the interval, so that one ends before the next begins', () => {
  expect(settle({ metricIntervalMs: 1_000 }, {}).metrics.timeoutMs).toBe(500);
});

describe('the variables that choose an exporter', () => {
  test.each<[NodeJS.ProcessEnv, StartOptions, string]>([
    [{ OTEL_TRACES_EXPORTER: 'none' }, {}, 'off'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, { traces: true }, 'otlp'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, {}, 'otlp'],
    [{ OTEL_TRACES_EXPORTER: 'console' }, {}, 'environment'],
    [{ OTEL_TRACES_EXPORTER: 'console' }, { traces: false }, 'off'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, {}, 'otlp'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, {}, 'environment'],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' }, {}, 'environment'],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' }, {}, 'otlp'],
  ])('%j with %j sends spans: %s', (environment, options, kind) => {
    expect(settle(options, environment).traces.kind).toBe(kind);
  });

  test.each<[NodeJS.ProcessEnv, StartOptions, string]>([
    [{ OTEL_LOGS_EXPORTER: 'none' }, {}, 'off'],
    [{ OTEL_LOGS_EXPORTER: 'none' }, { logs: true }, 'otlp'],
    [{ OTEL_LOGS_EXPORTER: 'console' }, {}, 'environment'],
    [{ OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc' }, {}, 'environment'],
    [{}, { logs: false }, 'off'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, { metrics: false }, 'otlp'],
  ])('%j with %j sends logs: %s', (environment, options, kind) => {
    expect(settle(options, environment).logs.kind).toBe(kind);
  });
});

test('OTEL_SDK_DISABLED is read as OpenTelemetry reads it', () => {
  expect(settle({}, { OTEL_SDK_DISABLED: 'True' }).disabled).toBe(true);
  expect(settle({}, { OTEL_SDK_DISABLED: '1' }).disabled).toBe(false);
});

describe('files of spans', () => {
  const bounds = { maxFileBytes: 4_194_304, maxFiles: 100 };
  const inWorkingDirectory = path.resolve('.telltale/traces');

  test.each([
    [{ file: true }, {}, inWorkingDirectory],
    [{ file: 'spans' }, {}, path.resolve('spans')],
    [{ file: {} }, {}, inWorkingDirectory],
    [{}, { TELLTALE_TRACE_DIRECTORY: ' /var/spans ' }, path.resolve('/var/spans')],
    [{ file: true }, { TELLTALE_TRACE_DIRECTORY: '/var/spans' }, inWorkingDirectory],
  ])('%j with %j', (options, environment, directory) => {
    expect(settle(options, environment).files).toEqual({ directory, ...bounds });
  });

  test.each([
    [{ file: false }, { TELLTALE_TRACE_DIRECTORY: '/var/spans' }],
    [{}, { TELLTALE_TRACE_DIRECTORY: '' }],
  ])('none with %j and %j', (options, environment) => {
    expect(settle(options, environment).files).toBeUndefined();
  });

  test('have their bounds from the option', () => {
    const file = { directory: 'a', maxFileBytes: 2_048, maxFiles: 1 };
    expect(settle({ file }, {}).files).toEqual({ ...file, directory: path.resolve('a') });
  });

  test.each([
    [{}, {}, ['off', 'off', 'off']],
    [{ traces: true }, {}, ['otlp', 'off', 'off']],
    [{ endpoint: 'http://10.0.0.1:4318' }, {}, ['otlp', 'otlp', 'otlp']],
    [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://10.0.0.1:4318' }, ['otlp', 'otlp', 'otlp']],
    [{}, { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://10.0.0.1:4318' }, ['off', 'otlp', 'off']],
    [{}, { OTEL_METRICS_EXPORTER: 'prometheus' }, ['off', 'environment', 'off']],
  ])('with %j and %j leave what is sent at %j', (options, environment, kinds) => {
    const { traces, metrics, logs } = settle({ file: true, ...options }, environment);
    expect([traces.kind, metrics.kind, logs.kind]).toEqual(kinds);
  });

  test.each([
    [{ file: 5 }, 'Expected `options.file` to be an object'],
    [{ file: '' }, 'Expected `options.file` to be'],
    [{ file: { maxFiles: 0 } }, 'Expected `options.file.maxFiles` to be a positive integer, got `0`'],
    [
      { file: { maxFileBytes: 10 } },
      'Expected `options.file.maxFileBytes` to be an integer of at least 1024',
    ],
    [{ file: { maxFile: 1 } }, '`options.file.maxFile`'],
  ])('refuse %j', (options, message) => {
    expect(messageFor(options as never, {})).toContain(message);
  });

  test('refuse to stand beside an exporter that the SDK makes itself', () => {
    expect(messageFor({ file: true }, { OTEL_TRACES_EXPORTER: 'console' })).toContain('not both');
  });
});
