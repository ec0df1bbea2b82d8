import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { RunNews, RunPlan } from './run-plan.ts';

/** How the run of a snippet ended. */
export interface Ran {
  readonly file: string;
  /** Undefined where all is well. */
  readonly fault: string | undefined;
  /** What it printed. */
  readonly output: string;
  readonly tookMs: number;
}

export interface RunOptions {
  /** Scratch space: every snippet runs in a folder of its own in it. */
  readonly directory: string;
  /** What each of these folders begins with. */
  readonly fixtures: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long a snippet may take. */
  readonly limitMs: number;
  /** Processes at once. */
  readonly processes: number;
  /** Whether a module changes what is global to its process, so that it must have one to itself. */
  readonly isAlone: (file: string) => boolean;
}

/** Runs modules, many in one process: whatever is loaded is loaded once. One that hangs costs its process, and no other snippet. */
export async function run(files: readonly string[], options: RunOptions): Promise<readonly Ran[]> {
  mkdirSync(options.directory, { recursive: true });
  const together = files.filter((file) => !options.isAlone(file));
  const share = Math.ceil(together.length / options.processes);
  const groups = Array.from({ length: options.processes }, (_group, at) =>
    together.slice(at * share, (at + 1) * share),
  );
  const left = [...groups, ...files.filter(options.isAlone).map((file) => [file])];
  const done: Ran[] = [];
  async function work(): Promise<void> {
    for (let group = left.shift(); group; group = left.shift())
      done.push(...(await runGroup(group, options)));
  }
  await Promise.all(groups.map(work));
  return done;
}

async function runGroup(files: readonly string[], options: RunOptions): Promise<readonly Ran[]> {
  const done: Ran[] = [];
  for (let left = files; left.length > 0; left = files.slice(done.length))
    done.push(...(await inOneProcess(left, options)));
  return done;
}

/** Until the files are done, or one of them has ended the process. */
function inOneProcess(files: readonly string[], options: RunOptions): Promise<readonly Ran[]> {
  const child = fork(path.join(import.meta.dirname, 'run-child.ts'), {
    execArgv: ['--import', path.join(import.meta.dirname, 'surroundings.ts')],
    env: options.env,
    silent: true,
  });
  const done: Ran[] = [];
  let running: string | undefined;
  let begunMs = performance.now();
  let output = '';
  let isLate = false;
  let limit: NodeJS.Timeout | undefined;
  const end = (file: string, fault: string | undefined): void => {
    clearTimeout(limit);
    done.push({ file, fault, output, tookMs: performance.now() - begunMs });
    running = undefined;
    output = '';
  };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
    });
  child.on('message', (news: RunNews) => {
    if (news.kind === 'ended') return end(news.file, news.fault);
    running = news.file;
    begunMs = performance.now();
    limit = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, options.limitMs);
  });
  const { directory, fixtures } = options;
  child.send({ files, directory, fixtures } satisfies RunPlan);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      const how = isLate ? `it had not ended after ${options.limitMs / 1_000} s` : endOf(code, signal);
      if (running !== undefined) end(running, how);
      // A process that does not even begin says so for its first file, and so the others come to their turn.
      if (done.length === 0 && files[0] !== undefined) end(files[0], how);
      resolve(done);
    });
  });
}

function endOf(code: number | null, signal: ChildProcess['signalCode']): string {
  return `its process ended with ${signal ?? `exit code ${code}`}`;
}
