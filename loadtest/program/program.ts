import type { Context } from './context.ts';
import type { Run } from './run.ts';

/** A program that has been seen to run here. */
export interface Program {
  /** The program and its first arguments; for an image what comes before its name. */
  readonly command: readonly string[];
  /** Where it comes from: the variable that names it, the search path, the tools directory, or how it was just got. */
  readonly source: Wanted['variable'] | 'PATH' | '.tools' | 'download' | 'go' | 'docker';
  /** Such as `1.8.1`. */
  readonly version: string;
  readonly inContainer: boolean;
  /** How the program calls the machine that we run on. */
  readonly hostName: '127.0.0.1' | 'host.docker.internal';
}

/** Why one way of getting a program did not work; a sentence without its full stop. */
export interface NoProgram {
  readonly because: string;
}

export type ProgramOrNot = Program | NoProgram;

/** A program that is looked for and, where there is none, got. */
export interface Wanted {
  /** As it is called in sentences. */
  readonly title: string;
  /** As it is called on the search path; its file has `.exe` added on Windows. */
  readonly commandName: string;
  /** The environment variable that names one: where it is set, nothing else is tried. */
  readonly variable: 'K6' | 'JAEGER';
  /** With its tag. */
  readonly image: string;
  /** Asks for its version. It must be that program, and new enough. */
  readonly probe: (
    command: readonly string[],
    env: NodeJS.ProcessEnv,
    run: Run,
  ) => Promise<{ version: string } | NoProgram>;
  /** What the release has for a system; undefined where there is nothing. */
  readonly filesFor: (platform: NodeJS.Platform, arch: string) => ReleaseFiles | undefined;
  /** Who needs it, as the begin of a sentence. */
  readonly neededBy: string;
  /** What to install where nothing else worked. */
  readonly advice: (context: Context) => Promise<string>;
  readonly missing: (message: string) => Error;
}

/** Files of a release. */
export interface ReleaseFiles {
  readonly archive: string;
  /** Names the archive's SHA-256. */
  readonly checksums: string;
  /** Where the program is in the archive, with `/`. */
  readonly program: string;
}

/** A program that runs on this machine itself. */
export function nativeProgram(command: string, source: Program['source'], version: string): Program {
  return { command: [command], source, version, inContainer: false, hostName: '127.0.0.1' };
}

/** The name of the program's file. */
export function fileNameOf({ commandName }: Wanted, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `${commandName}.exe` : commandName;
}
