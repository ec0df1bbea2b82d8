import path from 'node:path';
import { TelltaleError } from '../../src/errors.ts';
import { installAdvice } from './advice.ts';
import type { Context, DownloadLimits } from './context.ts';
import { k6FromDocker } from './from-docker.ts';
import { k6FromGo } from './from-go.ts';
import { k6FromRelease, releaseBase } from './from-release.ts';
import { type K6, type K6OrNot, k6FileName, nativeK6, probeK6 } from './k6.ts';
import type { Terminal } from './progress.ts';
import { type Run, runProgram } from './run.ts';

export { k6Command } from './command.ts';
export type { K6 } from './k6.ts';

export interface FindOptions {
  /** The project's git-ignored `.tools/`, absolute. */
  readonly toolsDirectory: string;
  /** Read: `K6`, `PATH`, `HTTPS_PROXY`, `NO_PROXY`. */
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Tells the user, a line at a time. */
  readonly say: (line: string) => void;
  /** Where progress is shown. Default: standard error. */
  readonly terminal?: Terminal;
  /** How programs are run. Default: as child processes. */
  readonly run?: Run;
  /** The folder of the release's files, with a slash at its end. Default: the one on GitHub. */
  readonly downloadBase?: string;
  /** Default: 5 s to an answer's head, 15 s between two pieces of its body. */
  readonly downloadLimits?: DownloadLimits;
}

/** One way to a k6, and how it is named to the user. */
interface Way {
  readonly name: string;
  readonly get: (context: Context) => Promise<K6OrNot>;
}

const ways: readonly Way[] = [
  { name: 'on the PATH', get: k6OnPath },
  { name: 'in .tools', get: k6InTools },
  { name: 'from its release', get: k6FromRelease },
  { name: 'built with Go', get: k6FromGo },
  { name: 'as a Docker image', get: k6FromDocker },
];

const nowhere = 'there is none';

/**
 * A k6 that has been seen to run: the one that `K6` names, else one on the PATH, else in `.tools/`, else the official
 * release, else built with Go, else in a container. A way that fails is named, and the next is tried at once.
 *
 * Throws `k6_missing`, which says what to install on this system, when there is none.
 */
export async function findOrGetK6(options: FindOptions): Promise<K6> {
  const context: Context = {
    terminal: process.stderr,
    run: runProgram,
    downloadBase: releaseBase,
    downloadLimits: { answerMs: 5_000, stallMs: 15_000 },
    ...options,
  };
  const { env, say } = context;
  if (env['K6']) return k6Named(env['K6'], context);

  const reasons: string[] = [];
  for (const { name, get } of ways) {
    const got = await get(context);
    if (!('because' in got)) {
      say(`Using k6 ${got.version} ${name}.`);
      return got;
    }
    reasons.push(`  ${name}: ${got.because}`);
    if (got.because !== nowhere) say(`No k6 ${name}: ${got.because}.`);
  }
  const advice = await installAdvice(context);
  throw new TelltaleError(
    'k6_missing',
    ['The load test needs k6, and there is none:', ...reasons, advice].join('\n'),
  );
}

/** What the user names is taken or refused: another in its place would be a surprise. */
async function k6Named(file: string, { env, run, say }: Context): Promise<K6> {
  const probed = await probeK6([file], env, run);
  if ('because' in probed) {
    throw new TelltaleError(
      'k6_missing',
      `The variable K6 names \`${file}\`, but ${probed.because}. Set it to a k6 that runs, or unset it to have one found or fetched.`,
    );
  }
  say(`Using k6 ${probed.version}, which K6 names.`);
  return nativeK6(file, 'K6', probed.version);
}

async function k6OnPath({ env, run }: Context): Promise<K6OrNot> {
  const probed = await probeK6(['k6'], env, run);
  return 'because' in probed ? probed : nativeK6('k6', 'PATH', probed.version);
}

async function k6InTools({ toolsDirectory, platform, env, run }: Context): Promise<K6OrNot> {
  const file = path.join(toolsDirectory, k6FileName(platform));
  const probed = await probeK6([file], env, run);
  return 'because' in probed ? probed : nativeK6(file, '.tools', probed.version);
}
