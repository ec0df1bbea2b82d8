/**
 * `npm run check:stack`: runs the stack's collector for real, on its own configuration, between a load run and a Jaeger that
 * comes and goes, and counts what comes out of it. Exit code: 0 all agree, or there is no collector; 1 something differs;
 * 2 a wrong option.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { tableLines } from '../../src/cli/shared/table.ts';
import { told } from '../../src/cli/told.ts';
import { Backend } from './backend.ts';
import { buildBinary, findBinary, root } from './binary.ts';
import { composeRows } from './check-compose.ts';
import { configRows } from './check-config.ts';
import { demoRows } from './check-demo.ts';
import { loadRows, troubleBackend, watchExemplars } from './check-load.ts';
import { littleMemory, memoryRows } from './check-memory.ts';
import { redactionRows } from './check-redaction.ts';
import { restartRows } from './check-restart.ts';
import { samplingRows } from './check-sampling.ts';
import { Collector, type CollectorPlace } from './collector.ts';
import { runLoad } from './load.ts';
import type { Row } from './rows.ts';
import { readEnvFile, readVariables, withTakenPorts } from './variables.ts';

const help = `npm run check:stack -- [options]

Runs the collector of otel-collector/config.yaml for real and counts what it does: with the telemetry of a load run, with
Jaeger missing, gone and back, with the collector restarted and killed, with planted secrets, and with too little memory.

  --build            build the collector with Go (otel-collector/builder.yaml) where there is none; takes minutes, once
  --only-build       no more than that
  --duration TIME    of the load run (default: 12s)
  --variables        show the variables of docker-compose.yml, and which are wrong or ask for a port that is taken
  --config FILE      check this configuration instead
  --help             this

The collector is the one that OTELCOL names, else .tools/otelcol-telltale, else otelcol-contrib on the PATH. The load run
needs k6, as \`npm run loadtest\` does.
`;

const noCollector =
  'there is no collector: build one with `npm run check:stack -- --build` (needs Go), or name one with OTELCOL';
/** The kept share here, so that some are kept and some are not. */
const keepPercent = 25;
/** What is not as it is in the stack: a Jaeger that reads JSON, and less patience, so that the check ends. */
const overrides = [
  'yaml:exporters::otlp_http/jaeger::encoding: json',
  'yaml:exporters::otlp_http/jaeger::retry_on_failure::max_interval: 1s',
];

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const sentence = told(error);
  if (!sentence) throw error;
  process.stderr.write(`${sentence.message}\n`);
  process.exitCode = sentence.exitCode;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      build: { type: 'boolean' },
      'only-build': { type: 'boolean' },
      variables: { type: 'boolean' },
      duration: { type: 'string', default: '12s' },
      config: { type: 'string', default: path.join(root, 'otel-collector/config.yaml') },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.variables) return showVariables();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const mayBuild = values.build || values['only-build'];
  const binary = findBinary(process.env) ?? (mayBuild ? buildBinary(say) : undefined);
  if (binary) process.stdout.write(`${binary.version}: ${binary.file}\n`);
  if (binary && values['only-build']) return 0;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'telltale-stack-'));
  endWithSignals(folder);
  step('docker-compose.yml');
  const compose = composeRows(folder);
  const rows = typeof compose === 'string' ? [] : [...compose];
  if (binary) rows.push(...(await check(binary.file, path.resolve(values.config), values.duration, folder)));
  const code = show(rows);
  if (typeof compose === 'string') skipped(compose);
  if (!binary) skipped(noCollector);
  return code;
}

/** Whatever was started ends with this process; its folder goes last, when nobody writes there any more. */
function endWithSignals(folder: string): void {
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      process.once('exit', remove);
      process.exit(130);
    });
  process.once('beforeExit', remove);
}

function skipped(why: string): void {
  process.stdout.write(`Skipped: ${why}.\n`);
}

/** Progress, on the other channel than the results. */
function step(what: string): void {
  process.stderr.write(`==> ${what}\n`);
}

async function check(binary: string, config: string, duration: string, folder: string): Promise<Row[]> {
  const backend = await Backend.make();
  const place: CollectorPlace = {
    binary,
    configs: [config, ...overrides],
    storage: path.join(folder, 'queue'),
    jaegerUrl: backend.url,
    keepPercent,
  };
  step('the configuration');
  const rows = await configRows({ ...place, storage: path.join(folder, 'other') }, config, folder);
  if (rows.some(({ ok }) => !ok)) return rows;
  const collector = await Collector.at(place);
  try {
    await collector.start();
    step('a load run, with Jaeger missing, there and gone');
    let isOver = false;
    const over = (): boolean => isOver;
    const trouble = troubleBackend(backend, collector, over);
    const exemplars = watchExemplars(collector, over);
    const books = await runLoad(collector.url, path.join(folder, 'load'), duration).finally(() => {
      isOver = true;
    });
    rows.push(...(await trouble));
    step('what came of it');
    await backend.up();
    rows.push(...(await loadRows({ books, collector, backend, exemplars: await exemplars, keepPercent })));
    step('the demo');
    rows.push(...(await demoRows(collector)));
    step('planted secrets');
    rows.push(...(await redactionRows(collector, backend)));
    step('the collector restarted and killed while Jaeger is down');
    rows.push(...(await restartRows(collector, backend)));
  } finally {
    await collector.stop();
  }
  rows.push(...(await smallRows(place, backend, path.join(folder, 'small'))));
  await backend.down();
  return rows;
}

/** Other collectors: one without a share of what is ordinary, and one with little memory. */
async function smallRows(place: CollectorPlace, backend: Backend, storage: string): Promise<Row[]> {
  const none = { ...place, keepPercent: 0 };
  step('what is kept, and what is not');
  const waitMs = 2_000;
  const kept = await using(
    await Collector.at({ ...none, storage: `${storage}-1`, decisionWaitMs: waitMs }),
    (collector) => samplingRows(collector, backend, waitMs),
  );
  step('too little memory');
  const configs = [...place.configs, ...littleMemory];
  const little = await Collector.at({ ...none, storage: `${storage}-2`, configs, decisionWaitMs: 15_000 });
  return [...kept, ...(await using(little, memoryRows))];
}

async function using(collector: Collector, work: (collector: Collector) => Promise<Row[]>): Promise<Row[]> {
  try {
    await collector.start();
    return await work(collector);
  } finally {
    await collector.kill();
  }
}

async function showVariables(): Promise<number> {
  const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  const env = { ...readEnvFile(path.join(root, '.env')), ...process.env };
  const variables = await withTakenPorts(readVariables(compose, env));
  const heads = [{ title: 'variable' }, { title: 'value' }, { title: 'default' }];
  const cells = variables.map(({ name, value, fallback }) => [name, value, fallback]);
  process.stdout.write(`${tableLines(heads, cells, 140).join('\n')}\n`);
  const problems = variables.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  for (const problem of problems) process.stdout.write(`\n${problem}`);
  process.stdout.write(problems.length === 0 ? '\nAll are well, and all ports are free.\n' : '\n');
  return problems.length === 0 ? 0 : 1;
}

function show(rows: readonly Row[]): number {
  if (rows.length === 0) return 0;
  const cells = rows.map(({ what, expected, got, ok }) => [ok ? '' : 'DIFFERS', what, expected, got]);
  const heads = [
    { title: '' },
    { title: 'counted' },
    { title: 'expected', align: 'right' as const },
    { title: 'got', align: 'right' as const },
  ];
  process.stdout.write(`${tableLines(heads, cells, 140).join('\n')}\n`);
  const wrong = rows.filter(({ ok }) => !ok).length;
  process.stdout.write(
    wrong === 0 ? `\nAll ${rows.length} agree.\n` : `\n${wrong} of ${rows.length} differ.\n`,
  );
  return wrong === 0 ? 0 : 1;
}
