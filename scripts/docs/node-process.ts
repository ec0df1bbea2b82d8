import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  /** What it printed, of both kinds. */
  readonly output: string;
}

/** Runs a script of ours, with a line to read. */
export function nodeProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly limitMs: number },
): Promise<Ended> {
  const { cwd, env, limitMs } = options;
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}).end('Which way does the wind blow?\n');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
