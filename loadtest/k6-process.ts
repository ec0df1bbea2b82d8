import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killWithUs } from './processes.ts';
import { within } from './within.ts';

/** A k6 that runs. */
export interface K6Process {
  /** Resolves when it has ended and its output is read to the end. */
  readonly ended: Promise<K6End>;
  /** Asks it to stop, and kills it when it does not. */
  stop(): Promise<void>;
}

export interface K6End {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it. */
  readonly signal?: string;
  /** What it said on standard error, and why it could not be started. */
  readonly complaints: readonly string[];
}

/** What k6 exits with when a threshold was crossed; the summary says which. */
export const thresholdsCrossed = 99;

const stopMs = 10_000;

/** Starts it; each line of its standard output is handed to `onLine` as it comes. */
export function startK6(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): K6Process {
  const [file = 'k6', ...args] = command;
  const child = spawn(file, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows Ctrl-C is the only gentle way to stop a process, so k6 shares the runner's console there.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  killWithUs(child);
  const complaints: string[] = [];
  const output = createInterface(child.stdout).on('line', onLine);
  createInterface(child.stderr).on('line', (line) => complaints.push(line));
  const ended = new Promise<K6End>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, complaints: [error.message] }));
    // `close` comes after both streams have ended, but lines may still wait in the interface.
    const read = new Promise<void>((done) => output.once('close', done));
    child.once('close', (exitCode, signal) => {
      const end = { exitCode, complaints, ...(signal === null ? {} : { signal }) };
      void within(read, stopMs).then(() => resolve(end));
    });
  });
  return {
    ended,
    async stop() {
      child.kill('SIGINT');
      if ((await within(ended, stopMs)) !== 'late') return;
      child.kill('SIGKILL');
      await within(ended, stopMs);
    },
  };
}

/** The arguments of `k6 run` after the command itself. */
export function k6Arguments(script: string, config: object): string[] {
  return [
    'run',
    '--quiet',
    '--no-color',
    '--no-usage-report',
    // Without its REST API two runs can share a machine.
    '--address=',
    // The script's records and k6's own messages, each as a line of its own.
    '--log-output=stdout',
    '--log-format=raw',
    '--env',
    `TELLTALE_LOADTEST=${JSON.stringify(config)}`,
    script,
  ];
}
