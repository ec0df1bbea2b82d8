import type { Run } from './run.ts';

/** The k6 that is fetched or built where none is found. */
export const wantedVersion = '1.8.1';

/** The oldest major version that runs the load test's TypeScript. */
const oldestMajor = 1;

/** A k6 that has been seen to run here. */
export interface K6 {
  /** The program and its first arguments. `k6Command` makes the whole command of it, for a container too. */
  readonly command: readonly string[];
  /** Where it comes from: the variable `K6`, the search path, the tools directory, or how it was just got. */
  readonly source: 'K6' | 'PATH' | '.tools' | 'download' | 'go' | 'docker';
  /** Such as `1.8.1`. */
  readonly version: string;
  readonly inContainer: boolean;
  /** How k6 calls the machine that we run on. */
  readonly hostName: '127.0.0.1' | 'host.docker.internal';
}

/** Why one way of getting k6 did not work; a sentence without its full stop. */
export interface NoK6 {
  readonly because: string;
}

export type K6OrNot = K6 | NoK6;

/** A k6 that runs on this machine itself. */
export function nativeK6(command: string, source: K6['source'], version: string): K6 {
  return { command: [command], source, version, inContainer: false, hostName: '127.0.0.1' };
}

/** The file name of the program. */
export function k6FileName(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'k6.exe' : 'k6';
}

/** Asks `command` for its version. It must be a k6, and new enough. */
export async function probeK6(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  run: Run,
): Promise<{ version: string } | NoK6> {
  const [file = '', ...args] = command;
  const ran = await run(file, [...args, 'version'], { env, timeoutMs: 60_000 });
  if (ran.missing) return { because: 'there is none' };
  if (ran.problem !== undefined) return { because: `it does not run: ${ran.problem}` };
  const [, version, major] = /\bk6(?:\.exe)? v((\d+)\.\d+\.\d+\S*)/.exec(ran.stdout) ?? [];
  if (version === undefined) return { because: 'it does not say that it is k6' };
  if (Number(major) < oldestMajor) {
    return { because: `it is version ${version}, and ${oldestMajor}.0 or newer is needed` };
  }
  return { version };
}
