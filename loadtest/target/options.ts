import { parseArgs } from 'node:util';
import { shownAddress } from '../../src/outside-word.ts';
import type { K6Request } from '../k6/target-config.ts';
import { readInteger, readTime } from '../option-values.ts';
import { type ReportOptions, readReportOptions, reportHelp } from '../report-options.ts';
import { scenarios } from '../scenarios/index.ts';
import { UsageError } from '../usage-error.ts';
import { readRequests, requestOf } from './requests.ts';

export interface TargetOptions extends ReportOptions {
  /** Where the service listens. */
  readonly origin: URL;
  readonly requests: readonly K6Request[];
  readonly scenario: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly perSecond: number;
  readonly timeoutMs: number;
  readonly mockPort: number;
  readonly otlpPort: number;
  /** The command that starts the service; undefined where it runs already. */
  readonly exec?: string;
  /** The least part of the requests that must succeed, from 0 to 1. */
  readonly minSuccess?: number;
  readonly maxP95Ms?: number;
  readonly outDirectory?: string;
}

/** What is wrong in them is wrong at the provider alone, so that any service can be put in front of it. */
export const targetScenarios = [
  'chaos',
  'calm',
  'storm',
  'brownout',
  'outage',
  'quota-exhausted',
  'retry-after',
  'slow',
  'broken-streams',
] as const;

export const targetHelp = `telltale loadtest --target URL [options]

Puts load on a service of yours, while the provider behind it, a mock that this command starts, misbehaves. Your service
must call the mock in place of OpenAI: OPENAI_BASE_URL=http://127.0.0.1:4010/v1, and any OPENAI_API_KEY.

  --target URL        what is asked; a path in it is the request's
  --exec COMMAND      starts the service, with OPENAI_BASE_URL and its friends set, and ends it after the run;
                      without it, the service runs already
  --method NAME       (default: POST with a body, else GET)
  --header 'K: V'     may be given more than once
  --body TEXT         the request's body; @FILE reads it from there. JSON, unless a content-type says otherwise
  --stream            the answer is a stream: the time to its first byte is that to the first token
  --requests FILE     several requests with weights, as JSON or YAML, in place of the four above
  --scenario NAME     how the provider misbehaves: ${targetScenarios.join(', ')}
                      (default: chaos)
  --seed N            which request meets what (default: a new one, printed)
  --duration TIME     such as 30s or 2m, from 4s to 30m (default: 60s)
  --rate N            requests a second (default: 20)
  --timeout TIME      after this long a caller has gone (default: 60s)
  --mock-port N       where the mock listens (default: 4010)
  --otlp-port N       where telemetry is received, for OTEL_EXPORTER_OTLP_ENDPOINT (default: 4318)
  --min-success P     the run is red below this part of successes, such as 0.99 (default: not judged)
  --max-p95 TIME      the run is red above, such as 2s (default: not judged)
${reportHelp('request', ' '.repeat(22))}
  --out FOLDER        where the report goes (default: telltale-loadtest)
  --help              this

Exit code: 0 green, 1 red, void or cut short, 2 for a wrong option.
`;

const flags = {
  target: { type: 'string' },
  exec: { type: 'string' },
  method: { type: 'string' },
  header: { type: 'string', multiple: true },
  body: { type: 'string' },
  stream: { type: 'boolean' },
  requests: { type: 'string' },
  scenario: { type: 'string' },
  seed: { type: 'string' },
  duration: { type: 'string' },
  rate: { type: 'string' },
  timeout: { type: 'string' },
  'mock-port': { type: 'string' },
  'otlp-port': { type: 'string' },
  'min-success': { type: 'string' },
  'max-p95': { type: 'string' },
  slo: { type: 'string' },
  'slo-first-token': { type: 'string' },
  compare: { type: 'string' },
  tolerance: { type: 'string' },
  'fail-on-regression': { type: 'boolean' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Reads the command line; undefined when only help is wanted. */
export function readTargetOptions(args: readonly string[], newSeed: () => number): TargetOptions | undefined {
  const values = parsed(args);
  if (values.help) return undefined;
  if (!values.target) throw new UsageError('`--target` needs the address of your service; see --help.');
  const target = readUrl(values.target);
  const scenario = values.scenario ?? 'chaos';
  if (!targetScenarios.some((name) => name === scenario) || !scenarios[scenario]) {
    throw new UsageError(
      `Expected \`--scenario\` to be one of ${targetScenarios.join(', ')}, got \`${scenario}\`.`,
    );
  }
  const single = ['method', 'header', 'body', 'stream'].filter((name) => name in values);
  if (values.requests !== undefined && single.length > 0) {
    throw new UsageError(
      `\`--requests\` says what is asked, so \`--${single[0]}\` has no meaning beside it.`,
    );
  }
  const { method, header, body, stream } = values;
  // A flag is there without a value; what may stand several times is none of the report's.
  const texts = Object.entries(values).map(
    ([name, value]) => [name, typeof value === 'string' ? value : undefined] as const,
  );
  const perSecond = readInteger('rate', values.rate ?? '20', 1, 2_000);
  const durationMs = readTime('duration', values.duration ?? '60s', {
    minMs: 4_000,
    maxMs: 30 * 60_000,
    such,
  });
  if ((perSecond * durationMs) / 1_000 > mostRequests) {
    throw new UsageError(
      `The books are kept in memory, so the most is ${mostRequests} requests. Lower --rate or --duration.`,
    );
  }
  return {
    origin: target,
    requests:
      values.requests === undefined
        ? [requestOf({ target, method, headers: header ?? [], body, isStream: stream === true })]
        : readRequests(values.requests, target),
    scenario,
    seed: values.seed === undefined ? newSeed() : readInteger('seed', values.seed, 0, 2 ** 31 - 1),
    durationMs,
    perSecond,
    timeoutMs: readTime('timeout', values.timeout ?? '60s', { minMs: 100, maxMs: 10 * 60_000, such }),
    mockPort: readInteger('mock-port', values['mock-port'] ?? '4010', 0, 65_535),
    otlpPort: readInteger('otlp-port', values['otlp-port'] ?? '4318', 0, 65_535),
    ...readReportOptions(new Map(texts), scenario),
    ...(values.exec === undefined ? {} : { exec: values.exec }),
    ...(values['min-success'] === undefined ? {} : { minSuccess: readShare(values['min-success']) }),
    ...(values['max-p95'] === undefined
      ? {}
      : { maxP95Ms: readTime('max-p95', values['max-p95'], { minMs: 1, maxMs: 600_000, such }) }),
    ...(values.out === undefined ? {} : { outDirectory: values.out }),
  };
}

const such = '500ms, 30s or 2m';
/** At about 5 kB a request in three books. */
const mostRequests = 200_000;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${message}; see --help.`);
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(
    `Expected \`--target\` to be an address such as http://127.0.0.1:3000/ask, got \`${shownAddress(text)}\`.`,
  );
}

function readShare(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new UsageError(
    `Expected \`--min-success\` to be a part above 0 and up to 1, such as 0.99, got \`${text}\`.`,
  );
}
