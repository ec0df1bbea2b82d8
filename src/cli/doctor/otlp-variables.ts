import { nearest } from '../../check.ts';
import type { Environment } from '../shared/environment.ts';
import { type Finding, problem, warning } from './finding.ts';
import { httpUrl } from './provider-url.ts';

const kinds = ['', 'TRACES_', 'METRICS_', 'LOGS_'];
const endings = ['ENDPOINT', 'PROTOCOL', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'INSECURE', 'CERTIFICATE'];
const clientEndings = ['CLIENT_KEY', 'CLIENT_CERTIFICATE'];
const known = [
  ...kinds.flatMap((kind) => [...endings, ...clientEndings].map((end) => `OTEL_EXPORTER_OTLP_${kind}${end}`)),
  'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
  'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
];
const others = /^OTEL_EXPORTER_(PROMETHEUS|ZIPKIN|JAEGER)_/;
const protocols = ['http/json', 'http/protobuf', 'grpc'];

/** The mistakes that people make in the variables of OTLP. Their values may be secrets, and are not shown. */
export function variableFindings(env: Environment): readonly Finding[] {
  return [...misspelt(env), ...protocolFindings(env), ...switchedOff(env), ...endpointFindings(env)];
}

function misspelt(env: Environment): readonly Finding[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('OTEL_EXPORTER_') && !known.includes(name) && !others.test(name))
    .map((name) => {
      const near = nearest(name, known) ?? longer(name);
      return warning(
        `${name.slice(0, 80)} is no variable that OpenTelemetry knows.`,
        near === undefined ? 'Unset it.' : `It is mostly ${near} that is meant.`,
      );
    });
}

/** `OTEL_EXPORTER_ENDPOINT`, and `OTEL_EXPORTER_OTLP_TRACE_ENDPOINT`. */
function longer(name: string): string | undefined {
  const end = endings.find((one) => name.endsWith(`_${one}`));
  return end === undefined ? undefined : `OTEL_EXPORTER_OTLP_${/TRACE/.test(name) ? 'TRACES_' : ''}${end}`;
}

function protocolFindings(env: Environment): readonly Finding[] {
  return kinds.flatMap((kind) => {
    const name = `OTEL_EXPORTER_OTLP_${kind}PROTOCOL`;
    const value = set(env, name);
    if (value === undefined || protocols.includes(value)) return [];
    return [problem(`${name} is none of ${protocols.join(', ')}.`, 'Set it to one of them, or unset it.')];
  });
}

function switchedOff(env: Environment): readonly Finding[] {
  if (set(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true')
    return [
      warning('OTEL_SDK_DISABLED is true: nothing is recorded or sent.', 'Unset it to have telemetry.'),
    ];
  if (set(env, 'OTEL_TRACES_EXPORTER') === 'none')
    return [warning('OTEL_TRACES_EXPORTER is none: no traces are sent.', 'Unset it to have traces.')];
  return [];
}

function endpointFindings(env: Environment): readonly Finding[] {
  const shared = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const own = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  return [shared, own].flatMap((name) => {
    const value = set(env, name);
    if (value === undefined) return [];
    const url = httpUrl(value);
    if (!url)
      return [
        problem(
          `${name} is not an http:// or https:// address.`,
          'Set it to one such as http://127.0.0.1:4318.',
        ),
      ];
    const path = url.pathname.replace(/\/+$/, '');
    const isGrpc = protocolOfTraces(env) === 'grpc';
    const found: Finding[] = [];
    if (!isGrpc && url.port === '4317')
      found.push(
        problem(
          `${name} has the port 4317, where receivers take gRPC, and Telltale sends HTTP.`,
          'Use the port 4318.',
        ),
      );
    if (isGrpc && url.port === '4318')
      found.push(
        problem(
          `${name} has the port 4318, where receivers take HTTP, and the protocol is set to grpc.`,
          'Unset OTEL_EXPORTER_OTLP_PROTOCOL, or use the port 4317.',
        ),
      );
    if (!isGrpc && name === shared && /\/v1\/(traces|metrics|logs)$/.test(path))
      found.push(
        problem(
          `${name} ends with ${path.slice(-10).replace(/^.*(?=\/v1)/, '')}, which is added to it once more.`,
          'Leave that out of it.',
        ),
      );
    if (!isGrpc && name === own && !path.endsWith('/v1/traces'))
      found.push(
        problem(
          `${name} is used as it stands, and does not end with /v1/traces.`,
          'Add /v1/traces to it, or set OTEL_EXPORTER_OTLP_ENDPOINT in its place.',
        ),
      );
    return found;
  });
}

export function protocolOfTraces(env: Environment): string | undefined {
  return set(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? set(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
}

/** A variable's value; undefined where it is not set or empty. */
export function set(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
