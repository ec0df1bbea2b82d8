import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkClock, checkObject, checkString } from '../../../check.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import { poll } from '../poll.ts';
import { checkPrefix, checkRecordId, jsonOf, waitOf } from '../record-checks.ts';
import { recordConflict, recordLocked } from '../record-faults.ts';
import type { HoldOptions, RecordHold, RecordStore, StoredRecord } from '../record-store.ts';
import { Tokens } from '../tokens.ts';
import { Turns } from '../turns.ts';
import { envelopeOf, readEnvelope } from './envelope.ts';
import { nameOf } from './file-name.ts';
import { type FolderLock, takeFolderLock, temporaryName } from './folder-lock.ts';
import { listFiles, removeLeftovers } from './list-files.ts';
import { replaceFile, syncFolder } from './replace-file.ts';

/**
 * Keeps each record in a JSON file of its own, for any number of processes on this machine, or on several that share the
 * disk. A file is replaced whole or not at all, and is on the disk when `write` resolves. Only the user whom the process
 * runs as can read it; what is in it is not encrypted. What the file system refuses is thrown as Node throws it.
 *
 * @param directory is made where there is none; give it to nothing else
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const store = fileRecords('./conversations');
 * const chat = await conversation({ client: openai, id: 'u-42', model: 'gpt-5-mini', store });
 * ```
 */
export function fileRecords(directory: string, options: { readonly clock?: Clock } = {}): RecordStore {
  // An application may go to another folder later.
  const folder = path.resolve(checkString('directory', directory));
  const given = checkObject('options', options, ['clock'])['clock'];
  const clock = given === undefined ? systemClock : checkClock('options.clock', given);
  const tokens = new Tokens(clock);
  const turns = { hold: new Turns(clock), change: new Turns(clock) };
  let hasLooked = false;

  const fileOf = (id: string): string => path.join(folder, `${nameOf(id)}.json`);

  async function readRecord(id: string): Promise<StoredRecord | undefined> {
    const file = fileOf(id);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return readEnvelope(bytes, id, file);
  }

  /** In the order of this process first, so that it asks the disk for one of its own only. */
  async function lock(
    id: string,
    purpose: 'hold' | 'change',
    holdOptions?: HoldOptions,
  ): Promise<FolderLock> {
    const wait = waitOf(clock, holdOptions);
    const endTurn = await turns[purpose].take(id, wait);
    if (!endTurn) throw recordLocked(id);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (!hasLooked) {
        hasLooked = true;
        await removeLeftovers(folder, clock);
      }
      let who: string | undefined;
      const taken = await poll(clock, wait, async () => {
        const found = await takeFolderLock(
          path.join(folder, `${nameOf(id)}.${purpose}`),
          tokens.next(),
          clock,
        );
        if (!('who' in found)) return found;
        who = found.who;
        return undefined;
      });
      if (!taken) throw recordLocked(id, who);
      return {
        isStillOwn: () => taken.isStillOwn(),
        release: () => taken.release().finally(endTurn),
      };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async function change<T>(id: string, work: (own: FolderLock) => Promise<T>): Promise<T> {
    const own = await lock(id, 'change');
    try {
      return await work(own);
    } finally {
      await own.release();
    }
  }

  return {
    read: async (id) => await readRecord(checkRecordId(id)),

    write: async (id, value, revision) => {
      checkRecordId(id);
      const json = jsonOf(value);
      return await change(id, async (own) => {
        const before = await readRecord(id).catch((error: unknown) => {
          // Who says nothing of what was there replaces a damaged one too, but none of a version to come.
          if (revision !== undefined || (error as { code?: unknown }).code !== 'record_damaged') throw error;
          return undefined;
        });
        if (revision !== undefined && revision !== (before?.revision ?? null)) throw recordConflict(id);
        const next = tokens.next();
        await replaceFile({
          file: fileOf(id),
          beside: path.join(folder, temporaryName(next)),
          text: envelopeOf(id, next, json),
          changedMs: tokens.stampMs(),
          mayReplace: async () => {
            if (!(await own.isStillOwn())) throw recordConflict(id);
          },
        });
        return next;
      });
    },

    delete: async (id) => {
      checkRecordId(id);
      return await change(id, async () => {
        try {
          await rm(fileOf(id));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
          throw error;
        }
        await syncFolder(folder);
        return true;
      });
    },

    list: async (prefix = '') => await listFiles(folder, checkPrefix(prefix), clock),

    hold: async (id, holdOptions): Promise<RecordHold> => {
      const own = await lock(checkRecordId(id), 'hold', holdOptions);
      return { release: () => own.release() };
    },
  };
}
