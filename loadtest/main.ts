/** `npm run loadtest`: reads the command line, runs, prints, and says green or red with its exit code. */
import path from 'node:path';
import { help, readOptions } from './options.ts';
import { terminalReport } from './report/terminal.ts';
import { runLoadTest } from './run.ts';
import { RunFailure } from './run-failure.ts';
import { UsageError } from './usage-error.ts';

const outDirectory = path.join(import.meta.dirname, 'out');

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000));
  if (!options) {
    process.stdout.write(help);
    return 0;
  }
  const { report, files } = await runLoadTest({
    options,
    env: process.env,
    outDirectory,
    out: process.stdout,
    signal: stopOnSignal(),
  });
  const shown = files.map((file) => path.relative(process.cwd(), file));
  process.stdout.write(`\n${terminalReport(report, shown)}`);
  return report.verdict.green ? 0 : 1;
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

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof RunFailure) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
