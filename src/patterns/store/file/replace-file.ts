import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export interface Replacement {
  readonly file: string;
  /** In the same folder. */
  readonly beside: string;
  readonly text: string;
  /** Milliseconds since 1970: when it says that it was changed. */
  readonly changedMs: number;
  /** Asked when everything is on the disk; throws where the old file is to stay. */
  readonly mayReplace: () => Promise<void>;
}

/** Puts a file in the place of another: a crash, a full disk or whatever it throws leaves one or the other whole. */
export async function replaceFile(replacement: Replacement): Promise<void> {
  const { file, beside, text, changedMs, mayReplace } = replacement;
  try {
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.utimes(changedMs / 1_000, changedMs / 1_000);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await mayReplace();
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** So that what was moved or removed is on the disk too. Windows opens no folders, and needs no such thing. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // A file system that cannot do it for folders has no way to.
  }
}
