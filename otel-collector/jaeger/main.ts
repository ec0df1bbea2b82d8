/** `npm run jaeger`: a Jaeger of this machine's own, on the project's configuration, until Ctrl-C. */
import { RunFailure } from '../../loadtest/run-failure.ts';
import { toolsDirectory } from '../../loadtest/tools-directory.ts';
import { plain } from '../../src/cli/shared/plain.ts';
import { told } from '../../src/cli/told.ts';
import { help, readOptions } from './options.ts';
import { runJaeger } from './run.ts';
import { portProblem } from './taken-ports.ts';
import { findOrGetJaeger } from './wanted.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    process.stdout.write(help);
    return;
  }
  // Asked before anything is fetched for minutes.
  const problem = await portProblem(options.ports);
  if (problem !== undefined) throw new RunFailure(problem);
  const { env, platform, arch, stdout: out, stderr: err } = process;
  const jaeger = await findOrGetJaeger({
    toolsDirectory: toolsDirectory(env, platform),
    env,
    platform,
    arch,
    say: (line) => err.write(`${plain(line)}\n`),
  });
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  await runJaeger({ ...options, env, jaeger, signal: controller.signal, out, err });
}

try {
  await main();
} catch (error) {
  const sentence = told(error);
  if (!sentence) throw error;
  process.stderr.write(`${plain(sentence.message)}\n`);
  process.exitCode = sentence.exitCode;
}
