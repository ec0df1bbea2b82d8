import type { NoProgram, Program } from '../program/program.ts';
import type { Run } from '../program/run.ts';

/** The k6 that is fetched or built where none is found. */
export const wantedVersion = '1.8.1';

/** The oldest major version that runs the load test's TypeScript. */
const oldestMajor = 1;

/** A k6 that has been seen to run here. `k6Command` makes the whole command of it, for a container too. */
export type K6 = Program;

/** Asks `command` for its version. It must be a k6, and new enough. */
export async function probeK6(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  run: Run,
): Promise<{ version: string } | NoProgram> {
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
