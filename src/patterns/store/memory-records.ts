import { type Clock, systemClock } from '../../clock.ts';
import { defaultHoldMs, recordConflict, recordLocked } from './record-faults.ts';
import { checkRecordId } from './record-id.ts';
import type { RecordHold, RecordStore } from './record-store.ts';

interface Entry {
  /** A text, so that no two share an object. */
  readonly json: string;
  readonly revision: number;
  readonly changedMs: number;
}

type Waiter = () => void;

/**
 * Keeps records in this process, until it ends.
 *
 * @example
 * ```ts
 * const chat = await conversation({ client: openai, id: 'u-42', model: 'gpt-5-mini', store: memoryRecords() });
 * ```
 */
export function memoryRecords(options: { readonly clock?: Clock } = {}): RecordStore {
  const { clock = systemClock } = options;
  const entries = new Map<string, Entry>();
  /** Who holds a record, and who waits for it in order. */
  const holds = new Map<string, Waiter[]>();
  let revisions = 0;

  function newHold(id: string): RecordHold {
    let isHeld = true;
    return {
      release: async () => {
        if (!isHeld) return;
        isHeld = false;
        const next = holds.get(id)?.shift();
        if (next) next();
        else holds.delete(id);
      },
    };
  }

  return {
    read: async (id) => {
      const entry = entries.get(checkRecordId(id));
      return entry && { value: JSON.parse(entry.json) as unknown, revision: String(entry.revision) };
    },
    write: async (id, value, revision) => {
      const before = entries.get(checkRecordId(id));
      if (revision !== undefined && revision !== (before ? String(before.revision) : null))
        throw recordConflict(id);
      revisions += 1;
      entries.set(id, { json: JSON.stringify(value), revision: revisions, changedMs: clock.epochMs() });
      return String(revisions);
    },
    delete: async (id) => entries.delete(checkRecordId(id)),
    list: async (prefix = '') =>
      [...entries]
        .filter(([id]) => id.startsWith(prefix))
        .sort(([, a], [, b]) => b.revision - a.revision)
        .map(([id, { changedMs }]) => ({ id, changedMs })),
    hold: async (id, { signal, waitMs = defaultHoldMs } = {}) => {
      signal?.throwIfAborted();
      const waiters = holds.get(checkRecordId(id));
      if (!waiters) {
        holds.set(id, []);
        return newHold(id);
      }
      if (waitMs <= 0) throw recordLocked(id);
      return await new Promise<RecordHold>((resolve, reject) => {
        const end = (): void => {
          cancel();
          signal?.removeEventListener('abort', aborted);
          const at = waiters.indexOf(waiter);
          if (at >= 0) waiters.splice(at, 1);
        };
        const waiter = (): void => {
          end();
          resolve(newHold(id));
        };
        const fail = (error: unknown): void => {
          end();
          reject(error);
        };
        const aborted = (): void => fail(signal?.reason);
        const cancel = clock.schedule(() => fail(recordLocked(id)), waitMs, 'work');
        signal?.addEventListener('abort', aborted, { once: true });
        waiters.push(waiter);
      });
    },
  };
}
