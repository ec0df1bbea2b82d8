import { existsSync } from 'node:fs';
import path from 'node:path';
import { TelltaleError } from '../../src/errors.ts';
import { installAdvice } from './advice.ts';
import type { Context } from './context.ts';
import { k6FromDocker } from './from-docker.ts';
import { k6FromGo } from './from-go.ts';
import { k6FromRelease, releaseBase } from './from-release.ts';
import { type K6, type K6OrNot, k6FileName, nativeK6, probeK6 } from './k6.ts';
import { runProgram } from './run.ts';

export { k6Command } from './command.ts';
export type { K6 } from './k6.ts';

/** What `findOrGetK6` needs to know; all but the first five have defaults. */
export type FindOptions = Pick<Context, 'toolsDirectory' | 'env' | 'platform' | 'arch' | 'say'> &
  Partial<Context>;

/** The ways to a k6, in the order in which they are tried; each is left for the next as soon as it fails. */
const ways: readonly { readonly name: string; readonly take: (context: Context) => Promise<K6OrNot> }[] = [
  { name: 'on the PATH', take: k6OnPath },
  { name: 'in .tools', take: k6InTools },
  { name: 'from its release', take: k6FromRelease },
  { name: 'built with Go', take: k6FromGo },
  { name: 'as a Docker image', take: k6FromDocker },
];

/**
 * Finds a k6 or gets one, and says which. Where there is none to be had it throws an error that says why and what to
 * install. The variable `K6` is an order: where it is set, nothing else is tried.
 */
export async function findOrGetK6(options: FindOptions): Promise<K6> {
  const context: Context = {
    terminal: process.stderr,
    run: runProgram,
    downloadBase: releaseBase,
    downloadLimits: { answerMs: 5_000, stallMs: 15_000 },
    ...options,
  };
  const ordered = context.env['K6'];
  if (ordered) return orderedK6(ordered, context);
  const failures: string[] = [];
  for (const { name, take } of ways) {
    const k6 = await take(context);
    if ('because' in k6) {
      context.say(`No k6 ${name}: ${k6.because}.`);
      failures.push(`  ${name}: ${k6.because}`);
      continue;
    }
    context.say(`Using k6 ${k6.version} ${name}.`);
    return k6;
  }
  throw new TelltaleError(
    'k6_missing',
    ['The load test needs k6, and there is none:', ...failures, await installAdvice(context)].join('\n'),
  );
}

async function orderedK6(command: string, { env, run, say }: Context): Promise<K6> {
  const probed = await probeK6([command], env, run);
  if ('because' in probed) {
    throw new TelltaleError(
      'k6_missing',
      `The environment variable K6 names \`${command}\`, but ${probed.because}. ` +
        'Name a k6 that runs, or unset K6 to have one found or fetched.',
    );
  }
  say(`Using k6 ${probed.version}, which K6 names.`);
  return nativeK6(command, 'K6', probed.version);
}

async function k6OnPath({ env, run }: Context): Promise<K6OrNot> {
  const probed = await probeK6(['k6'], env, run);
  return 'because' in probed ? probed : nativeK6('k6', 'PATH', probed.version);
}

async function k6InTools({ toolsDirectory, platform, env, run }: Context): Promise<K6OrNot> {
  const file = path.join(toolsDirectory, k6FileName(platform));
  if (!existsSync(file)) return { because: 'there is none' };
  const probed = await probeK6([file], env, run);
  return 'because' in probed ? probed : nativeK6(file, '.tools', probed.version);
}
