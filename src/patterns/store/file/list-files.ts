import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../clock.ts';
import type { RecordInfo } from '../record-store.ts';
import { mostHeadBytes, readHead } from './envelope.ts';
import { type RecordName, readName } from './file-name.ts';
import { isTemporaryName } from './folder-lock.ts';

const ending = '.json';
/** So many files are looked at together: each is open for a moment, and a process may have but so many open. */
const together = 32;
/** Nobody writes a file for so long. */
const leftoverMs = 3_600_000;

interface FoundFile extends RecordInfo {
  readonly exactMs: number;
}

/** Those whose id begins with `prefix`, the one that was written last first. Reads of long ids the beginning, of others nothing. */
export async function listFiles(
  folder: string,
  prefix: string,
  clock: Clock,
): Promise<readonly RecordInfo[]> {
  const names = await namesIn(folder);
  await removeOf(folder, names, clock);
  const candidates = names
    .filter((name) => name.endsWith(ending))
    .map((name) => readName(name.slice(0, -ending.length)))
    .filter((name) => name !== undefined)
    .filter(({ id, start }) => start.startsWith(prefix) || (id === undefined && prefix.startsWith(start)));
  const found: FoundFile[] = [];
  for (let at = 0; at < candidates.length; at += together) {
    const files = await Promise.all(candidates.slice(at, at + together).map((name) => look(folder, name)));
    found.push(...files.filter((file) => file?.id.startsWith(prefix)).filter((file) => file !== undefined));
  }
  return found
    .sort((a, b) => b.exactMs - a.exactMs || (a.id < b.id ? -1 : 1))
    .map(({ id, changedMs }) => ({ id, changedMs }));
}

/** What processes that were killed had begun to write. */
export async function removeLeftovers(folder: string, clock: Clock): Promise<void> {
  await removeOf(folder, await namesIn(folder), clock);
}

async function removeOf(folder: string, names: readonly string[], clock: Clock): Promise<void> {
  for (const name of names.filter(isTemporaryName)) {
    const file = path.join(folder, name);
    try {
      const { mtimeMs } = await stat(file);
      if (clock.epochMs() - mtimeMs > leftoverMs) await rm(file, { recursive: true, force: true });
    } catch {
      // It is gone, or the folder cannot be written: it harms nobody.
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** @returns undefined for one that was deleted meanwhile, that cannot be opened, or whose id cannot be told */
async function look(folder: string, { name, id }: RecordName): Promise<FoundFile | undefined> {
  const file = path.join(folder, `${name}${ending}`);
  try {
    const { mtimeMs } = await stat(file);
    const known = id ?? readHead(await beginningOf(file));
    return known === undefined ? undefined : { id: known, changedMs: Math.floor(mtimeMs), exactMs: mtimeMs };
  } catch (error) {
    // That too many files are open is no fault of this one, and a list of some records would pass for that of all.
    if (['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return undefined;
  }
}

async function beginningOf(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostHeadBytes), 0, mostHeadBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
