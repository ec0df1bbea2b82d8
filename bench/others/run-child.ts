import { fork } from 'node:child_process';
import path from 'node:path';
import type { ChildAnswer } from './child.ts';
import type { Order } from './measure-wrapper.ts';

const limitMs = 15 * 60_000;

/** Settings of the machine's own applications would change what the wrappers do, and where they would send it. */
const ofWrappers =
  /^(?:OTEL|TELLTALE|OPENAI|OPENINFERENCE|TRACELOOP|LANGFUSE|SENTRY|LANGSMITH|LANGCHAIN|BRAINTRUST|POSTHOG)_/;

/** Measures one wrapper in a process of its own. Rejects with the reason where that does not come to an end. */
export function runChild(order: Order): Promise<ChildAnswer> {
  const child = fork(path.join(import.meta.dirname, 'child.ts'), [JSON.stringify(order)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofWrappers.test(name))),
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as ChildAnswer));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      // After an answer this changes nothing any more.
      reject(new Error(reasonIn(stderr) ?? `its process ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** The line that says what went wrong, out of a stack, source lines and warnings. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /^(?:\w*Error\b|\w+ \[\w+\]).*: /.test(line)) ?? lines.findLast(Boolean);
}
