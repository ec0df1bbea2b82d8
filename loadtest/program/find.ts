import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Context } from './context.ts';
import { fromDocker } from './from-docker.ts';
import { fromRelease } from './from-release.ts';
import { fileNameOf, nativeProgram, type Program, type ProgramOrNot, type Wanted } from './program.ts';
import { runProgram } from './run.ts';

/** What finding a program needs to know; all but the first six have defaults. */
export type FindOptions = Pick<Context, 'toolsDirectory' | 'env' | 'platform' | 'arch' | 'say'> &
  Partial<Context>;

/** A way to a program; each is left for the next as soon as it fails. */
export interface Way {
  /** As in `No k6 on the PATH`. */
  readonly name: string;
  readonly take: (wanted: Wanted, context: Context) => Promise<ProgramOrNot>;
}

export const onPath: Way = { name: 'on the PATH', take: takeFromPath };
export const inTools: Way = { name: 'in .tools', take: takeFromTools };
export const release: Way = { name: 'from its release', take: fromRelease };
export const image: Way = { name: 'as a Docker image', take: fromDocker };

/**
 * Finds a program or gets it by the first of `ways` that works, and says which. Where none does it throws
 * `wanted.missing`, whose message says why and what to install.
 */
export async function findOrGet(
  wanted: Wanted,
  ways: readonly Way[],
  options: FindOptions & Pick<Context, 'downloadBase'>,
): Promise<Program> {
  const context: Context = {
    terminal: process.stderr,
    run: runProgram,
    downloadLimits: { answerMs: 5_000, stallMs: 15_000 },
    ...options,
  };
  const { title } = wanted;
  const ordered = context.env[wanted.variable];
  if (ordered) return orderedProgram(ordered, wanted, context);
  const failures: string[] = [];
  for (const { name, take } of ways) {
    const program = await take(wanted, context);
    if ('because' in program) {
      context.say(`No ${title} ${name}: ${program.because}.`);
      failures.push(`  ${name}: ${program.because}`);
      continue;
    }
    context.say(`Using ${title} ${program.version} ${name}.`);
    return program;
  }
  throw wanted.missing(
    [`${wanted.neededBy} needs ${title}, and there is none:`, ...failures, await wanted.advice(context)].join(
      '\n',
    ),
  );
}

async function orderedProgram(command: string, wanted: Wanted, context: Context): Promise<Program> {
  const { title, variable } = wanted;
  const probed = await wanted.probe([command], context.env, context.run);
  if ('because' in probed) {
    throw wanted.missing(
      `The environment variable ${variable} names \`${command}\`, but ${probed.because}. ` +
        `Name a ${title} that runs, or unset ${variable} to have one found or fetched.`,
    );
  }
  context.say(`Using ${title} ${probed.version}, which ${variable} names.`);
  return nativeProgram(command, variable, probed.version);
}

async function takeFromPath(wanted: Wanted, { env, run }: Context): Promise<ProgramOrNot> {
  const { commandName } = wanted;
  const probed = await wanted.probe([commandName], env, run);
  return 'because' in probed ? probed : nativeProgram(commandName, 'PATH', probed.version);
}

async function takeFromTools(wanted: Wanted, context: Context): Promise<ProgramOrNot> {
  const { toolsDirectory, platform, env, run } = context;
  const file = path.join(toolsDirectory, fileNameOf(wanted, platform));
  if (!existsSync(file)) return { because: 'there is none' };
  const probed = await wanted.probe([file], env, run);
  return 'because' in probed ? probed : nativeProgram(file, '.tools', probed.version);
}
