import type { Environment } from '../../shared/environment.ts';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import { protocolOfTraces, set, variableFindings } from '../otlp-variables.ts';
import { type Answer, type Probe, probe } from '../probe.ts';
import { httpUrl, shownUrl } from '../provider-url.ts';
import { proxyOf } from '../proxies.ts';
import { unreachable } from '../unreachable.ts';

/** Whether telemetry arrives: the variables, and a receiver that takes an empty export. */
export const otlpCheck: Check = { name: 'OTLP receiver', run: otlpFindings };

async function otlpFindings(context: DoctorContext): Promise<readonly Finding[]> {
  const { env, offline } = context;
  const mistakes = variableFindings(env);
  const url = tracesUrl(env);
  if (url === undefined) {
    if (mistakes.length > 0) return mistakes;
    return [skipped('OTEL_EXPORTER_OTLP_ENDPOINT is not set: start() sends to http://localhost:4318')];
  }
  // A mistake is why it would not answer.
  if (mistakes.some(({ state }) => state === 'problem')) return mistakes;
  if (offline) return [...mistakes, skipped(`${shownUrl(url)}: not asked (--offline)`)];
  const { protocol } = url;
  if (protocolOfTraces(env) === 'grpc')
    return [...mistakes, skipped(`${protocol}//${url.host}: not asked, since the protocol is gRPC`)];
  const asked = await askReceiver(url, context);
  const variable = set(env, ownName) === undefined ? sharedName : ownName;
  return [
    ...mistakes,
    asked.reached === 'answer' ? answered(url, asked.answer, env) : silent(url, asked, variable),
  ];
}

const sharedName = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const ownName = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

/** As `src/node/endpoint.ts` makes it; undefined where none is set, or it is none. */
function tracesUrl(env: Environment): URL | undefined {
  const own = set(env, ownName);
  if (own !== undefined) return httpUrl(own);
  const shared = httpUrl(set(env, sharedName) ?? '');
  if (shared) shared.pathname = `${shared.pathname.replace(/\/+$/, '')}/v1/traces`;
  return shared;
}

async function askReceiver(url: URL, context: DoctorContext): Promise<Probe> {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  try {
    const proxy = proxyOf(bare, context);
    return await probe({ url: bare, clock: context.clock, proxy, json: '{"resourceSpans":[]}' });
  } catch (error) {
    return { reached: 'nothing', failedAt: 'proxy', reason: error instanceof Error ? error.message : '' };
  }
}

function answered(url: URL, { status, contentType, tookMs }: Answer, env: Environment): Finding {
  const shown = shownUrl(url);
  if (status === 200 && !contentType.includes('html'))
    return ok(`${shown} takes traces (${Math.round(tookMs)} ms)`);
  if (status === 401 || status === 403) {
    const hasHeaders =
      set(env, 'OTEL_EXPORTER_OTLP_HEADERS') ?? set(env, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS');
    return hasHeaders === undefined
      ? problem(
          `${shown} answers HTTP ${status}, and OTEL_EXPORTER_OTLP_HEADERS is not set.`,
          'Set it to the header that the receiver wants, such as authorization=Bearer%20TOKEN.',
        )
      : ok(`${shown} answers (${status} without the headers, which this does not send)`);
  }
  if (status === 415)
    return problem(
      `${shown} does not take JSON (415), which Telltale sends.`,
      'Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.',
    );
  if (status === 429 || status >= 500)
    return warning(`${shown} answers HTTP ${status}: it has trouble.`, 'Look at the log of the receiver.');
  return problem(
    `Something answers at ${shown} with HTTP ${status}, and takes no traces there.`,
    'Look whether it is an OTLP receiver, whether its port is that for HTTP (4318), and what path it wants.',
  );
}

function silent(url: URL, asked: Extract<Probe, { reached: 'nothing' }>, variable: string): Finding {
  if (asked.failedAt === 'connection' && asked.reason === 'ECONNREFUSED')
    return problem(
      `Nothing listens at ${url.host}, so telemetry is dropped.`,
      `Start a receiver (npx telltale has none; docker compose up, or npm run jaeger, in Telltale's repository), or correct ${variable}.`,
    );
  if (asked.failedAt === 'HTTP' && /^HPE_|ECONNRESET|EPROTO/.test(asked.reason))
    return problem(
      `${url.host} takes connections and does not speak HTTP/1 (${asked.reason}): it may be a port for gRPC or for TLS.`,
      `Use the receiver's port for HTTP, mostly 4318, in ${variable}.`,
    );
  return unreachable(url, asked, variable);
}
