import { type ChildProcess, spawn } from 'node:child_process';

import { createInterface } from 'node:readline';
import { RunFailure } from './run-failure.ts';
import { moduleFile } from './script-file.ts';
import { within } from './within.ts';

/** A process of ours that serves a part of the run: the mock provider or the gateway. */
export interface Service {
  readonly name: string;
  /** Where it listens. */
  readonly url: URL;
  /** Resolves, with how it ended, when it has. */
  readonly ended: Promise<string>;
  tell(message: object): void;
  /** Lets it end by itself, and kills it when it does not. */
  stop(): Promise<void>;
  /** Ends it at once, as if its machine were gone; resolves when it has ended. */
  kill(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly onMessage?: (message: unknown) => void;
}

const startMs = 20_000;
const stopMs = 5_000;

/** Starts it and waits until it has said where it listens. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, file, args, env, onMessage } = options;
  const child = spawn(process.execPath, [moduleFile(file), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a group, or on Windows a console, of its own: Ctrl-C reaches only the runner, which ends the others.
    detached: true,
    windowsHide: true,
  });
  const complaints = lastLines(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(describeEnd(code, signal, complaints())));
  });
  if (onMessage) child.on('message', onMessage);
  killWithUs(child);
  const first = await within(
    Promise.race([
      readReadyLine(child),
      ended.then((how) => new RunFailure(`The ${name} did not start: it ${how}`)),
    ]),
    startMs,
  );
  if (first === 'late') {
    child.kill('SIGKILL');
    throw new RunFailure(`The ${name} did not start within ${startMs / 1_000} s.`);
  }
  if (first instanceof RunFailure) throw first;
  return {
    name,
    url: first,
    ended,
    tell(message) {
      // It may have died a moment ago, which `ended` tells.
      if (child.connected) child.send(message, () => {});
    },
    async stop() {
      if (child.connected) child.disconnect();
      if ((await within(ended, stopMs)) !== 'late') return;
      child.kill('SIGKILL');
      await within(ended, stopMs);
    },
    async kill() {
      child.kill('SIGKILL');
      await within(ended, stopMs);
    },
  };
}

/** The first line that it prints: `{"ready":true,"url":"…"}`. */
function readReadyLine(child: ChildProcess): Promise<URL> {
  return new Promise((resolve) => {
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      try {
        const { ready, url } = JSON.parse(line) as { ready?: boolean; url?: string };
        if (ready === true && url !== undefined) resolve(new URL(url));
      } catch {
        // Not the line that is waited for.
      }
    });
  });
}

const keptLines = 10;

function lastLines(child: ChildProcess): () => readonly string[] {
  const lines: string[] = [];
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
    });
  }
  return () => lines;
}

function describeEnd(code: number | null, signal: string | null, complaints: readonly string[]): string {
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  return complaints.length === 0 ? how : `${how}:\n  ${complaints.join('\n  ')}`;
}

const children = new Set<ChildProcess>();
let watching = false;

/** Whatever ends this process ends the child too. */
export function killWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const running of children) running.kill('SIGKILL');
  });
}
