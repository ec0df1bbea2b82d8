import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../clock.ts';
import {
  type FileHolder,
  isThere,
  nameHolder,
  ownHolder,
  parseHolder,
  renewedMs,
} from '../../../file-holder.ts';

export interface FolderLock {
  /** False where somebody took this process for dead: it was paused, or its clock is far off. */
  isStillOwn(): Promise<boolean>;
  /** Never throws. */
  release(): Promise<void>;
}

export interface LockedBy {
  readonly who: string;
}

/**
 * A lock between processes, and machines that share a disk, that no two ever have, however many take over the one of a
 * process that was killed. It is a folder with one file, whose name nobody else uses. An empty folder is free: to have it
 * is to move a folder of one's own into its place, which the system refuses where that is not empty. To free it is to
 * remove the file by its name, which never hits the lock of somebody who came in between.
 *
 * @param token used by no other lock
 * @returns who has it, where that is somebody else
 */
export async function takeFolderLock(
  lockPath: string,
  token: string,
  clock: Clock,
): Promise<FolderLock | LockedBy> {
  const holder = await holderOf(lockPath, clock);
  if (holder) return holder;
  const beside = path.join(path.dirname(lockPath), temporaryName(token));
  await mkdir(beside, { mode: 0o700 });
  try {
    await writeFile(path.join(beside, token), JSON.stringify(ownHolder()), { flag: 'wx', mode: 0o600 });
    await touch(path.join(beside, token), clock);
    if (!(await moveInto(beside, lockPath))) return { who: nameHolder(undefined) };
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return held(lockPath, path.join(lockPath, token), clock);
}

/** Of what is written before it is moved into its place: a process that is killed leaves it behind. */
export function temporaryName(token: string): string {
  return `.new-${token}`;
}

export function isTemporaryName(name: string): boolean {
  return /^\.new-[0-9a-f]{32}$/.test(name);
}

/** Frees a lock whose holder is gone. */
export async function holderOf(lockPath: string, clock: Clock): Promise<LockedBy | undefined> {
  const own = ownHolder();
  for (const name of await entriesOf(lockPath)) {
    const file = path.join(lockPath, name);
    const found = await readHolder(file, clock);
    if (!found) continue;
    if (isThere(found.holder, found.silentMs, own)) return { who: nameHolder(found.holder) };
    await rm(file, { force: true });
  }
  return undefined;
}

function held(lockPath: string, file: string, clock: Clock): FolderLock {
  let cancelRenewal: (() => void) | undefined;
  const renewLater = (): void => {
    cancelRenewal = clock.schedule(
      () => {
        void touch(file, clock).catch(() => {});
        renewLater();
      },
      renewedMs,
      'housekeeping',
    );
  };
  renewLater();
  return {
    isStillOwn: () =>
      stat(file).then(
        () => true,
        () => false,
      ),
    async release() {
      cancelRenewal?.();
      try {
        await rm(file, { force: true });
        await rmdir(lockPath);
      } catch {
        // Somebody has it already, or the disk is gone: whoever comes next looks for themselves.
      }
    },
  };
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readHolder(
  file: string,
  clock: Clock,
): Promise<{ holder: FileHolder | undefined; silentMs: number } | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    // A sign of life from a time to come was given by a clock that was wrong, and would hold until then.
    const silentMs = Math.abs(clock.epochMs() - mtimeMs);
    return { holder: parseHolder(await readFile(file, 'utf8')), silentMs };
  } catch (error) {
    // It was released since.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function touch(file: string, clock: Clock): Promise<void> {
  const seconds = clock.epochMs() / 1_000;
  await utimes(file, seconds, seconds);
}

async function moveInto(folder: string, lockPath: string): Promise<boolean> {
  try {
    await rename(folder, lockPath);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    // Windows moves no folder into the place of another, be it empty.
    if (process.platform !== 'win32') throw error;
    return await rmdir(lockPath).then(
      () => false,
      () => false,
    );
  }
}
