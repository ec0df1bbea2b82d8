import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FindOptions } from '../../../loadtest/program/find.ts';
import { type Ran, type Run, runProgram } from '../../../loadtest/program/run.ts';

/** Answers of programs that are not there, by the command line's first words. */
export type Programs = Readonly<Record<string, Ran | (() => Ran)>>;

export interface FakeRun {
  readonly run: Run;
  /** The command lines run so far. */
  readonly ran: string[];
}

/**
 * A machine with these programs only: the longest entry that a command line begins with answers it. Programs for
 * unpacking are real, and a file that a test put into place says what stands in it.
 */
export function machineWith(programs: Programs): FakeRun {
  const ran: string[] = [];
  return {
    ran,
    async run(file, args, options) {
      const line = [file, ...args].join(' ');
      ran.push(line);
      if (/(^|[\\/])(tar|unzip)(\.exe)?$/.test(file)) return runProgram(file, args, options);
      if (path.isAbsolute(file) && existsSync(file)) return { stdout: readFileSync(file, 'utf8') };
      const name = Object.keys(programs)
        .filter((start) => line.startsWith(start))
        .sort((a, b) => b.length - a.length)[0];
      const answer = name === undefined ? undefined : programs[name];
      if (answer === undefined) return { stdout: '', problem: `there is no \`${file}\``, missing: true };
      return typeof answer === 'function' ? answer() : answer;
    },
  };
}

/** Options for finding a program on a bare Linux machine whose downloads are refused, and what it was told. */
export function bareMachine(
  toolsDirectory: string,
  changes: Partial<FindOptions>,
): FindOptions & { said: string[] } {
  const said: string[] = [];
  return {
    toolsDirectory,
    env: {},
    platform: 'linux',
    arch: 'x64',
    say: (line) => said.push(line),
    terminal: { isTTY: false, write: () => {} },
    run: machineWith({}).run,
    // Nothing can listen on port 1 of a machine without privileges, so this is refused at once.
    downloadBase: 'http://127.0.0.1:1/',
    ...changes,
    said,
  };
}
