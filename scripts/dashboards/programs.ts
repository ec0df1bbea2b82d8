import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { pause, within } from '../../loadtest/within.ts';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Program {
  /** Throws, with the end of what it said, where it has ended. */
  check(): void;
  stop(): Promise<void>;
}

/** Starts a program whose output goes to a file. */
export function startProgram(
  name: string,
  [file, ...args]: readonly [string, ...string[]],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly log: string;
    /** Whether it is asked to end by letting go of it, as our own programs are. @default false */
    readonly isOurs?: boolean;
  },
): Program {
  const out = openSync(options.log, 'w');
  const child = spawn(file, args, {
    cwd: root,
    env: options.env,
    stdio: options.isOurs ? ['ignore', out, out, 'ipc'] : ['ignore', out, out],
  });
  let how: string | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (said: string) => {
      how = said;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(`exit code ${code ?? signal}`));
  });
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  return {
    check() {
      if (how === undefined) return;
      const said = readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
      throw new RunFailure(`${name} ended before it was told to (${how}):\n${said}`);
    },
    async stop() {
      if (how === undefined) {
        if (options.isOurs) child.disconnect();
        else child.kill('SIGTERM');
        if ((await within(ended, 8_000)) === 'late') child.kill('SIGKILL');
        await ended;
      }
      process.off('exit', killed);
    },
  };
}

/** Asks again and again until `find` gives something. */
export async function waitFor<T>(
  what: string,
  limitMs: number,
  find: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await find().catch((error: unknown) => {
      if (error instanceof RunFailure) throw error;
      return undefined;
    });
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new RunFailure(`${what} did not come within ${limitMs / 1_000} s.`);
    await pause(250);
  }
}
