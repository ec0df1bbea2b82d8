/**
 * Evaluates the query of every panel and the expression of every rule by a real Prometheus, on what a real collector makes
 * of a real client's bad hour, and demands that none is empty: `npm run check:dashboards`. It takes most of a minute.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { childEnv } from '../loadtest/child-env.ts';
import { pause } from '../loadtest/within.ts';
import { told } from '../src/cli/told.ts';
import { findBinary } from './collector/binary.ts';
import { type Program, root, startProgram, waitFor } from './dashboards/programs.ts';
import { PrometheusApi, writeConfiguration } from './dashboards/prometheus.ts';
import {
  filled,
  loosened,
  type Query,
  readDashboards,
  readRules,
  readRunbooks,
  type Variable,
} from './dashboards/queries.ts';
import { startTraceSink, type TraceSink } from './dashboards/trace-sink.ts';
import { findProgram } from './shared/find-program.ts';
import { freePorts } from './shared/free-ports.ts';

/** How long to wait until the last query has an answer. */
const longestMs = 45_000;

try {
  process.exitCode = await main(process.env);
} catch (error) {
  const sentence = told(error);
  if (!sentence) throw error;
  console.error(sentence.message);
  process.exitCode = sentence.exitCode;
}

async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const prometheus = findProgram(['PROMETHEUS', env['PROMETHEUS']], ['prometheus']);
  const collector = findBinary(env);
  if (prometheus && collector) return run(prometheus.file, collector.file);
  console.log(
    `Skipped: the queries of the dashboards and the rules were not evaluated, for want of ${[
      ...(prometheus ? [] : ['prometheus (`apt-get install prometheus`, or its path in PROMETHEUS)']),
      ...(collector ? [] : ['a collector (`npm run check:stack -- --build`, or its path in OTELCOL)']),
    ].join(' and ')}.`,
  );
  return 0;
}

async function run(prometheus: string, collector: string): Promise<number> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'telltale-dashboards-'));
  const programs: Program[] = [];
  const sink = await startTraceSink();
  try {
    const api = await startStack({ prometheus, collector, scratch, programs, sink });
    const problems = await evaluateAll(api, sink, () => {
      for (const program of programs) program.check();
    });
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  } finally {
    for (const program of programs.toReversed()) await program.stop();
    await sink.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Stack {
  readonly prometheus: string;
  readonly collector: string;
  readonly scratch: string;
  readonly programs: Program[];
  readonly sink: TraceSink;
}

/** The collector on the project's own configuration, a Prometheus that reads it, and a service with a bad hour. */
async function startStack({ prometheus, collector, scratch, programs, sink }: Stack): Promise<PrometheusApi> {
  const [grpc, http, metrics, self, health, web] = (await freePorts(6)).map((port) => `127.0.0.1:${port}`);
  const log = (name: string): string => path.join(scratch, `${name}.log`);
  const env = childEnv(process.env, {});
  programs.push(
    startProgram('The collector', [collector, `--config=${path.join(root, 'otel-collector/config.yaml')}`], {
      env: {
        ...env,
        TELLTALE_COLLECTOR_GRPC: grpc,
        TELLTALE_COLLECTOR_HTTP: http,
        TELLTALE_COLLECTOR_METRICS: metrics,
        TELLTALE_COLLECTOR_SELF_HOST: '127.0.0.1',
        TELLTALE_COLLECTOR_SELF_PORT: self?.split(':')[1],
        TELLTALE_COLLECTOR_HEALTH: health,
        TELLTALE_COLLECTOR_STORAGE: path.join(scratch, 'queue'),
        TELLTALE_JAEGER_ENDPOINT: sink.url,
        TELLTALE_DECISION_WAIT: '1s',
        TELLTALE_KEEP_PERCENT: '100',
      },
      log: log('collector'),
    }),
  );
  const configuration = path.join(scratch, 'prometheus.yaml');
  writeConfiguration(configuration, { 'collector:8889': metrics ?? '', 'collector:8888': self ?? '' });
  programs.push(
    startProgram(
      'Prometheus',
      [
        prometheus,
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${path.join(scratch, 'data')}`,
        `--web.listen-address=${web}`,
        '--enable-feature=exemplar-storage',
        `--web.console.templates=${path.join(root, 'docs/runbooks')}`,
      ],
      { env, log: log('prometheus') },
    ),
  );
  const check = (): void => {
    for (const program of programs) program.check();
  };
  await waitFor('The collector', 20_000, async () => {
    check();
    return (await fetch(`http://${health}`)).ok || undefined;
  });
  programs.push(
    startProgram('The service', [process.execPath, path.join(root, 'scripts/dashboards/traffic.ts')], {
      env: {
        ...env,
        OTEL_SERVICE_NAME: 'shop',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${http}`,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      },
      log: log('service'),
      isOurs: true,
    }),
  );
  const api = new PrometheusApi(`http://${web}`);
  await waitFor('Prometheus', 20_000, () => {
    check();
    return api.isReady();
  });
  return api;
}

interface Evaluated {
  readonly where: string;
  readonly says: string;
  readonly isEmpty: boolean;
}

/** Prints what came of each, once all have an answer or it has taken too long; gives what is wrong, a sentence each. */
async function evaluateAll(api: PrometheusApi, sink: TraceSink, check: () => void): Promise<string[]> {
  const { queries, variables } = readDashboards();
  const rules = readRules();
  const all = [...queries, ...rules.queries, ...readRunbooks()];
  const endMs = performance.now() + longestMs;
  let evaluated: Evaluated[];
  do {
    await pause(2_000);
    check();
    evaluated = await evaluate(api, sink, all, variables);
  } while (evaluated.some(({ isEmpty }) => isEmpty) && performance.now() < endMs);
  const width = Math.max(...evaluated.map(({ where }) => where.length));
  for (const { where, says } of evaluated) console.log(`${where.padEnd(width)}  ${says}`);
  const empty = evaluated.filter(({ isEmpty }) => isEmpty);
  console.log(`\n${evaluated.length} queries, ${empty.length} of them empty.`);
  const failing = (await api.rules()).filter(({ health }) => health !== 'ok');
  const pages = await Promise.all(rules.runbooks.map((url) => api.page(new URL(url).pathname)));
  return [
    ...empty.map(({ where, says }) => `${where}: ${says}`),
    ...failing.map(({ name, health, lastError = '' }) => `The rule ${name} is ${health}: ${lastError}`),
    ...rules.runbooks.filter((_, at) => !pages[at]?.startsWith('# ')).map((url) => `No page is at ${url}.`),
  ];
}

async function evaluate(
  api: PrometheusApi,
  sink: TraceSink,
  queries: readonly Query[],
  variables: readonly Variable[],
): Promise<Evaluated[]> {
  const values = new Map([['__rate_interval', '1m']]);
  const evaluated: Evaluated[] = [];
  for (const { where, name, query, regex, isAll } of variables) {
    const found = await api.variable(filled(query, new Map([...values, ['job', '.*']])));
    const inside = new RegExp(regex?.replace(/^\/|\/$/g, '') ?? '(.*)');
    const offered = found.flatMap((value) => inside.exec(value)?.[1] || []);
    values.set(name, isAll ? '.*' : (offered[0] ?? ''));
    evaluated.push({ where, says: offered.join(', ') || 'no values', isEmpty: offered.length === 0 });
  }
  for (const query of queries) {
    evaluated.push(await evaluateOne(api, query, values));
    if (query.isExemplar) evaluated.push(await evaluateExemplars(api, sink, query, values));
  }
  return evaluated;
}

async function evaluateOne(
  api: PrometheusApi,
  { where, expr, isAlert }: Query,
  values: ReadonlyMap<string, string>,
): Promise<Evaluated> {
  const asked = filled(expr, values);
  const strict = await api.query(asked);
  const eased = loosened(asked);
  const samples = eased === asked ? strict : await api.query(eased);
  const known = samples.filter(({ value: [, value] }) => value !== 'NaN');
  if (known.length === 0) return { where, says: `EMPTY: ${eased}`, isEmpty: true };
  const figures = known.slice(0, 4).map(({ value: [, value] }) => Number(value).toPrecision(3));
  const more = known.length > 4 ? `, … (${known.length})` : '';
  const holds = isAlert ? `; ${strict.length > 0 ? 'would fire' : 'quiet'}` : '';
  return { where, says: `${figures.join(', ')}${more}${holds}`, isEmpty: false };
}

/** A dot opens a trace only where its label is the one that the data source knows, and the trace has arrived. */
async function evaluateExemplars(
  api: PrometheusApi,
  sink: TraceSink,
  query: Query,
  values: ReadonlyMap<string, string>,
): Promise<Evaluated> {
  const file = path.join(root, 'otel-collector/grafana/provisioning/datasources/datasources.yaml');
  const { datasources } = parse(readFileSync(file, 'utf8')) as {
    datasources: { jsonData?: { exemplarTraceIdDestinations?: { name: string }[] } }[];
  };
  const labels = datasources.flatMap(({ jsonData }) => jsonData?.exemplarTraceIdDestinations ?? []);
  const exemplars = await api.exemplars(filled(query.expr, values));
  const traceIds = exemplars.flatMap((one) => labels.flatMap(({ name }) => one.labels[name] ?? []));
  const arrived = traceIds.filter((traceId) => sink.has(traceId)).length;
  return {
    where: `${query.where}, exemplars`,
    says: `${traceIds.length} with a trace, of which ${arrived} arrived where Jaeger is`,
    isEmpty: arrived === 0,
  };
}
