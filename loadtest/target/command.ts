import path from 'node:path';
import { shownAddress } from '../../src/outside-word.ts';
import { findOrGetK6 } from '../k6-binary/index.ts';
import { terminalReport } from '../report/terminal/report.ts';
import { scenarios } from '../scenarios/index.ts';
import { toolsDirectory } from '../tools-directory.ts';
import { readTargetOptions, type TargetOptions, targetHelp } from './options.ts';
import { runTarget } from './run.ts';

/** `telltale loadtest --target URL`: resolves with the exit code. What is the user's mistake is thrown as a sentence. */
export async function targetCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = readTargetOptions(args, () => Math.floor(Math.random() * 1_000_000));
  if (!options) {
    process.stdout.write(targetHelp);
    return 0;
  }
  const { env, platform, arch } = process;
  const k6 = await findOrGetK6({
    toolsDirectory: toolsDirectory(env, platform),
    env,
    platform,
    arch,
    say: (line) => console.log(line),
  });
  process.stdout.write(announcement(options));
  const { report, files } = await runTarget({
    options,
    env,
    k6,
    outDirectory: path.resolve(options.outDirectory ?? 'telltale-loadtest'),
    out: process.stdout,
    signal,
  });
  process.stdout.write(`\n${terminalReport(report, files.map(shortened))}`);
  return report.verdict.green ? 0 : 1;
}

function announcement({ scenario: name, seed, perSecond, durationMs, requests }: TargetOptions): string {
  const phases = scenarios[name]?.phases ?? [];
  return [
    `Scenario ${name}, seed ${seed}: ${perSecond} requests a second for ${durationMs / 1_000} s`,
    ...requests.map(
      ({ method, url, weight }) =>
        `  ${method} ${shownAddress(url)}${requests.length > 1 ? ` × ${weight}` : ''}`,
    ),
    ...phases.map(({ name: phase, says }) => `  ${phase}: ${says === '' ? 'nothing goes wrong' : says}`),
    '',
  ].join('\n');
}

/** A file below the current folder by its way from there. */
function shortened(file: string): string {
  const way = path.relative(process.cwd(), file);
  return way.startsWith('..') ? file : way;
}
