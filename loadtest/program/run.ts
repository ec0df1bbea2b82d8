import { execFile } from 'node:child_process';

/** What became of a program that ran to its end. */
export interface Ran {
  readonly stdout: string;
  /** Absent when it ended with exit code 0; otherwise what went wrong, in a few words. */
  readonly problem?: string;
  /** There is no such program. */
  readonly missing?: boolean;
}

/** Runs a program without a shell. Never throws. */
export type Run = (
  file: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly timeoutMs: number },
) => Promise<Ran>;

const mostOutputBytes = 64 * 1024 * 1024;

export const runProgram: Run = (file, args, { env, timeoutMs }) =>
  new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, maxBuffer: mostOutputBytes, windowsHide: true };
    const child = execFile(file, args, { ...options, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      process.removeListener('exit', killChild);
      if (!error) return resolve({ stdout });
      if (error.code === 'ENOENT')
        return resolve({ stdout, problem: `there is no \`${file}\``, missing: true });
      if (error.killed) return resolve({ stdout, problem: `no end after ${timeoutMs / 1_000} s` });
      if (typeof error.code === 'string')
        return resolve({ stdout, problem: `it cannot be started (${error.code})` });
      const how = error.signal ?? `exit code ${error.code}`;
      resolve({ stdout, problem: lastLine(stderr) ?? lastLine(stdout) ?? `it ended with ${how}` });
    });
    // What ends us must not leave a build running on its own.
    const killChild = (): void => void child.kill('SIGKILL');
    process.once('exit', killChild);
  });

function lastLine(text: string): string | undefined {
  const line = text
    .trimEnd()
    .split('\n')
    .at(-1)
    ?.trim()
    .replace(/[.?!]+$/, '');
  return line === '' ? undefined : line;
}
