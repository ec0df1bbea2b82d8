import { invalidOption } from '../check.ts';
import { shownAddress } from '../outside-word.ts';
import { variable } from './variables.ts';

/** Where one kind of telemetry goes. */
export type Destination =
  | { readonly kind: 'off' }
  /** To an OTLP/HTTP receiver. */
  | { readonly kind: 'otlp'; readonly url: string }
  /** To an exporter that the OTEL_* variables choose (console, gRPC, Prometheus, …), which the SDK builds itself. */
  | { readonly kind: 'environment' };

export type SignalName = 'TRACES' | 'METRICS' | 'LOGS';

const paths: Readonly<Record<SignalName, string>> = {
  TRACES: 'v1/traces',
  METRICS: 'v1/metrics',
  LOGS: 'v1/logs',
};

/**
 * `wanted` and `endpoint` are the options' values, which may be undefined. With `onlyIfSaid`, nothing is sent where nobody
 * says to where.
 */
export function destinationOf(
  signal: SignalName,
  wanted: boolean | undefined,
  endpoint: unknown,
  environment: NodeJS.ProcessEnv,
  onlyIfSaid = false,
): Destination {
  const base = endpoint === undefined ? undefined : checkUrl('options.endpoint', endpoint);
  const exporter = variable(environment, `OTEL_${signal}_EXPORTER`);
  if (wanted === false || (wanted === undefined && exporter === 'none')) return { kind: 'off' };
  if (base !== undefined) return { kind: 'otlp', url: under(base, paths[signal]) };
  if (choosesExporter(signal, exporter, environment)) return { kind: 'environment' };
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`;
  const ownUrl = variable(environment, own);
  if (ownUrl !== undefined) return { kind: 'otlp', url: checkUrl(own, ownUrl).href };
  const shared = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const sharedText = variable(environment, shared);
  if (sharedText === undefined && onlyIfSaid && wanted === undefined) return { kind: 'off' };
  const sharedUrl = checkUrl(shared, sharedText ?? 'http://localhost:4318');
  return { kind: 'otlp', url: under(sharedUrl, paths[signal]) };
}

function choosesExporter(
  signal: SignalName,
  exporter: string | undefined,
  environment: NodeJS.ProcessEnv,
): boolean {
  if (exporter !== undefined && exporter !== 'otlp' && exporter !== 'none') return true;
  const protocol =
    variable(environment, `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
    variable(environment, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  return protocol !== undefined && protocol !== 'http/json';
}

function checkUrl(path: string, value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw invalidOption(
    path,
    "an HTTP URL such as 'http://127.0.0.1:4318'",
    typeof value === 'string' ? shownAddress(value) : value,
  );
}

function under(base: URL, path: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}
