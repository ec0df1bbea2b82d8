import path from 'node:path';
import { helpFor } from './help.ts';
import { findOrGetK6 } from './k6-binary/index.ts';
import { type LoadTestOptions, readOptions } from './options.ts';
import { collectorFromEnv } from './otlp/forward.ts';
import { terminalReport } from './report/terminal/report.ts';
import { runLoadTest } from './run.ts';
import { scenarios } from './scenarios/index.ts';
import { runSuite } from './suite.ts';
import { suiteTable } from './suite-table.ts';
import { toolsDirectory } from './tools-directory.ts';

export interface LoadTestCommand {
  /** How it is called, for the help. */
  readonly command: string;
  readonly outDirectory: string;
  /** Ends the run with what there is. */
  readonly signal: AbortSignal;
}

/** The load test on the wrapped client: resolves with the exit code. What is the user's mistake is thrown as a sentence. */
export async function loadTestCommand(
  args: readonly string[],
  { command, outDirectory, signal }: LoadTestCommand,
): Promise<number> {
  const options = readOptions(args, () => Math.floor(Math.random() * 1_000_000));
  if (!options) {
    process.stdout.write(helpFor({ command, results: `${shortened(outDirectory)}/` }));
    return 0;
  }
  const { env, platform, arch } = process;
  const collector = collectorFromEnv(env);
  const k6 = await findOrGetK6({
    toolsDirectory: toolsDirectory(env, platform),
    env,
    platform,
    arch,
    say: (line) => console.log(line),
  });
  process.stdout.write(announcement(options));
  const input = { env, k6, collector, outDirectory, out: process.stdout, signal };
  if (options.turns) {
    const result = await runSuite(input, options);
    process.stdout.write(`\n${suiteTable(result, shortened)}`);
    return result.green ? 0 : 1;
  }
  const { report, files } = await runLoadTest({ ...input, options });
  process.stdout.write(`\n${terminalReport(report, files.map(shortened))}`);
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
