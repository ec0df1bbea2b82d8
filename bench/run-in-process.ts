import { fork } from 'node:child_process';

/** Settings of the machine's own applications would change what is measured, and where it is sent. */
const ofOthers =
  /^(?:OTEL|TELLTALE|OPENAI|OPENINFERENCE|TRACELOOP|LANGFUSE|SENTRY|LANGSMITH|LANGCHAIN|BRAINTRUST|POSTHOG)_/;

/**
 * Runs a file in a process of its own, with an order as its argument, and gives what it answers. Rejects with the reason
 * where that does not come to an end within the limit.
 */
export function runInProcess<Answer>(
  file: string,
  order: object,
  { limitMs, execArgv = [] }: { readonly limitMs: number; readonly execArgv?: readonly string[] },
): Promise<Answer> {
  const child = fork(file, [JSON.stringify(order)], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofOthers.test(name))),
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as Answer));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const reason = late
        ? `given up after ${limitMs / 1000} s`
        : (reasonIn(stderr) ?? `its process ended with ${signal ?? `exit code ${code}`}`);
      // After an answer this changes nothing any more.
      reject(new Error(reason));
    });
  });
}

/** The line that says what went wrong, out of a stack, source lines and warnings. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /^(?:\w*Error\b|\w+ \[\w+\]).*: /.test(line)) ?? lines.findLast(Boolean);
}
