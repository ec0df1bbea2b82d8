/** `npm run loadtest`: reads the command line, runs, prints, and says green or red with its exit code. */
import path from 'node:path';
import { TelltaleError } from '../src/errors.ts';
import { findOrGetK6 } from './k6-binary/index.ts';
import { help, type LoadTestOptions, readOptions } from './options.ts';
import { collectorFromEnv } from './otlp/forward.ts';
import { terminalReport } from './report/terminal/report.ts';
import { runLoadTest } from './run.ts';
import { RunFailure } from './run-failure.ts';
import { scenarios } from './scenarios/index.ts';
import { runSuite } from './suite.ts';
import { suiteTable } from './suite-table.ts';
import { UsageError } from './usage-error.ts';

const root = path.dirname(import.meta.dirname);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000));
  if (!options) {
    process.stdout.write(help);
    return 0;
  }
  const { env } = process;
  const collector = collectorFromEnv(env);
  const k6 = await findOrGetK6({
    toolsDirectory: path.join(root, '.tools'),
    env,
    platform: process.platform,
    arch: process.arch,
    say: (line) => console.log(line),
  });
  process.stdout.write(announcement(options));
  const input = {
    env,
    k6,
    collector,
    outDirectory: path.join(root, 'loadtest', 'out'),
    out: process.stdout,
    signal: stopOnSignal(),
  };
  if (options.turns) {
    const result = await runSuite(input, options);
    process.stdout.write(`\n${suiteTable(result, shortened)}`);
    return result.green ? 0 : 1;
  }
  const { report, files } = await runLoadTest({ ...input, options });
  const shown = files.map(shortened);
  process.stdout.write(`\n${terminalReport(report, shown)}`);
  return report.verdict.green ? 0 : 1;
}

/** A file below the current folder by its way from there. */
function shortened(file: string): string {
  const way = path.relative(process.cwd(), file);
  return way.startsWith('..') ? file : way;
}

/** What is about to happen. */
function announcement(options: LoadTestOptions): string {
  const { scenario: name, seed, durationMs, jsonPerSecond, streamsPerSecond, sabotage, turns } = options;
  if (turns) {
    const names = turns.map(({ scenario }) => scenario).join(', ');
    return `${turns.length} scenarios, seed ${seed}, ${durationMs / 1_000} s of load in all: ${names}\n`;
  }
  const phases = scenarios[name]?.phases ?? [];
  return [
    `Scenario ${name}, seed ${seed}: ${jsonPerSecond} ${scenarios[name]?.offers === 'jobs' ? 'jobs' : 'JSON calls'} and ${streamsPerSecond} streams a second for ${durationMs / 1_000} s`,
    ...phases.map(({ name: phase, says }) => `  ${phase}: ${says === '' ? 'nothing goes wrong' : says}`),
    ...(sabotage === undefined
      ? []
      : [`  SABOTAGE ${sabotage}: a bug is planted, so this run must turn red`]),
    '',
  ].join('\n');
}

/** The first Ctrl-C ends the run with what there is; a second ends at once. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stdout.write('\nStopping: taking the books as they are. Once more ends at once.\n');
      controller.abort(`it was stopped by ${name}`);
    });
  }
  return controller.signal;
}

/** What a sentence says fully: a stack would only hide it. A system call's message names its file or port. */
function isTold(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof RunFailure || error instanceof TelltaleError)
    return true;
  return error instanceof Error && 'syscall' in error;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isTold(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
