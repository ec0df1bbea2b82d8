import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RunFailure } from '../run-failure.ts';

/** Says, as long as it is there, whose process writes to the folder. */
const claimFile = '.running';

/**
 * Makes the folder and takes it for this run, because two runs in one would mix their books. Gives what lets it go; the
 * process's end does too, and a claim whose process has gone holds nothing.
 *
 * @throws RunFailure where another run has it.
 */
export function claimFolder(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, claimFile);
  while (!isWritten(file)) {
    const pid = ownerOf(file);
    if (pid !== undefined && isAlive(pid)) {
      throw new RunFailure(
        `Another run (process ${pid}) writes to ${directory}: wait for its end. If there is none, delete ${file}.`,
      );
    }
    rmSync(file, { force: true });
  }
  const release = (): void => {
    process.removeListener('exit', release);
    rmSync(file, { force: true });
  };
  process.once('exit', release);
  return release;
}

/** False where the file was there before. */
function isWritten(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined where nobody says it. */
function ownerOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
