import { checkClock, checkObject } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { checkPrefix, checkRecordId, jsonOf, waitOf } from './record-checks.ts';
import { recordConflict, recordLocked } from './record-faults.ts';
import type { RecordStore } from './record-store.ts';
import { Turns } from './turns.ts';

interface Entry {
  /** A text, so that no two share an object. */
  readonly json: string;
  readonly revision: number;
  readonly changedMs: number;
}

/**
 * Keeps records in this process, until it ends.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const chat = await conversation({ client: openai, id: 'u-42', model: 'gpt-5-mini', store: memoryRecords() });
 * ```
 */
export function memoryRecords(options: { readonly clock?: Clock } = {}): RecordStore {
  const given = checkObject('options', options, ['clock'])['clock'];
  const clock = given === undefined ? systemClock : checkClock('options.clock', given);
  const entries = new Map<string, Entry>();
  const turns = new Turns(clock);
  let revisions = 0;

  return {
    read: async (id) => {
      const entry = entries.get(checkRecordId(id));
      return entry && { value: JSON.parse(entry.json) as unknown, revision: String(entry.revision) };
    },
    write: async (id, value, revision) => {
      const before = entries.get(checkRecordId(id));
      const json = jsonOf(value);
      if (revision !== undefined && revision !== (before ? String(before.revision) : null))
        throw recordConflict(id);
      revisions += 1;
      entries.set(id, { json, revision: revisions, changedMs: clock.epochMs() });
      return String(revisions);
    },
    delete: async (id) => entries.delete(checkRecordId(id)),
    list: async (prefix = '') => {
      checkPrefix(prefix);
      return [...entries]
        .filter(([id]) => id.startsWith(prefix))
        .sort(([, a], [, b]) => b.revision - a.revision)
        .map(([id, { changedMs }]) => ({ id, changedMs }));
    },
    hold: async (id, holdOptions) => {
      const end = await turns.take(checkRecordId(id), waitOf(clock, holdOptions));
      if (!end) throw recordLocked(id);
      return { release: async () => end() };
    },
  };
}
