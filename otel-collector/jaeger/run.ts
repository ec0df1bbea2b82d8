import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnv } from '../../loadtest/child-env.ts';
import type { Program } from '../../loadtest/program/program.ts';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { pause, within } from '../../loadtest/within.ts';
import { jaegerCommand } from './command.ts';
import type { Options } from './options.ts';
import { accepts, answersAsJaeger } from './taken-ports.ts';

export interface RunInput extends Options {
  readonly env: NodeJS.ProcessEnv;
  readonly jaeger: Program;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

const readyMs = 60_000;
const endMs = 10_000;
/** Lines of Jaeger's own that are kept to say why it ended. */
const keptLines = 15;

/**
 * Runs Jaeger until the signal aborts; says where it is once it answers.
 *
 * @throws RunFailure where it ends by itself, or never answers
 */
export async function runJaeger(input: RunInput): Promise<void> {
  const { env, jaeger, ports, signal, out } = input;
  const { command, env: own } = jaegerCommand(jaeger, ports);
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    env: childEnv(env, own),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const said = lastLines(child, input);
  // What ends us must not leave it running.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = (): void => void child.kill('SIGTERM');
  const ended = endOf(child);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const problem = await Promise.race([ended, untilReady(input, ended)]);
    if (problem === undefined && !signal.aborted) {
      out.write(whereItIs(input));
      await Promise.race([ended, once(signal, 'abort')]);
    }
    if (signal.aborted) {
      if ((await within(ended, endMs)) === 'late') kill();
      await ended;
      return;
    }
    throw new RunFailure([`Jaeger ${problem ?? (await ended)}. It said last:`, ...said()].join('\n'));
  } finally {
    kill();
    process.removeListener('exit', kill);
    signal.removeEventListener('abort', stop);
  }
}

/** How it ended, as the end of a sentence. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(`cannot be started (${error.code ?? error.message})`),
    );
    child.once('close', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
  });
}

/** Resolves with nothing once it answers, or with what is wrong. */
async function untilReady({ ports, signal }: RunInput, ended: Promise<string>): Promise<string | undefined> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let waitedMs = 0; waitedMs < readyMs; waitedMs += 200) {
    if (isOver || signal.aborted) return undefined;
    if ((await answersAsJaeger(ports.ui)) && (await accepts(ports.http))) return undefined;
    await pause(200);
  }
  return `did not answer within ${readyMs / 1_000} s`;
}

function whereItIs({ ports }: RunInput): string {
  const endpoint = `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${ports.http}`;
  return [
    '',
    `Jaeger's pages: http://127.0.0.1:${ports.ui}`,
    `Send traces to: ${endpoint}`,
    '',
    `For your application:  ${endpoint} node --import telltale/register app.js`,
    `For a load test here:  ${endpoint} npm run loadtest`,
    '',
    `It keeps traces, in memory until it ends; metrics and logs are taken and dropped. gRPC: 127.0.0.1:${ports.grpc}.`,
    'End it with Ctrl-C.',
    '',
  ].join('\n');
}

function lastLines(child: ChildProcess, { showsLog, err }: RunInput): () => readonly string[] {
  let kept: readonly string[] = [];
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      if (showsLog) err.write(piece);
      const lines = (rest + piece).split('\n');
      rest = (lines.pop() ?? '').slice(-10_000);
      kept = [...kept, ...lines].slice(-keptLines);
    });
  }
  return () => [...kept, rest].filter((line) => line.trim() !== '').map((line) => `  ${line.slice(0, 500)}`);
}
