import type OpenAI from 'openai';
import { checkClock, checkObject } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { TelltaleError } from '../../errors.ts';
import { telltale } from '../../index.ts';
import { checkRecordStore } from '../store/record-checks.ts';
import type { RecordStore } from '../store/record-store.ts';
import { Records } from '../store/records.ts';
import { type ConversationRecord, conversationKind } from './conversation-record.ts';
import { defaultStore } from './default-store.ts';
import { errorName } from './error-name.ts';
import { exportRecord } from './export.ts';
import { type Forgotten, forgetConversation, isExpired } from './forget.ts';
import { textOf } from './message.ts';
import { checkConversationId, readRetentionMs } from './settings.ts';

/** What a list says of a conversation. */
export interface ConversationInfo {
  readonly id: string;
  /** When it was last changed: milliseconds since 1970. */
  readonly changedMs: number;
  /** What follows is absent where the record cannot be read. */
  readonly createdMs?: number;
  readonly turns?: number;
  /** The beginning of what the user said first. */
  readonly title?: string;
  /** USD. Absent too where the cost of one of its calls is not known. */
  readonly costUsd?: number;
  /** Whether its last turn was interrupted and waits to be settled. */
  readonly isPending?: boolean;
  /** Why it cannot be read: `record_damaged` or `record_newer`. */
  readonly problem?: string;
}

/** Which conversations are meant, and whether the provider is asked to forget them too. */
export interface ConversationsOptions {
  /** Where they are kept. @default `fileRecords('.telltale/conversations')` */
  readonly store?: RecordStore;
  /** An observed client, by which what the provider keeps is deleted too. @default what the provider keeps stays */
  readonly client?: OpenAI;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/** What is done with the conversations of a store as a whole. */
export interface Conversations {
  /** The one that was changed last comes first; one that is damaged keeps nobody from the others. */
  list(): Promise<readonly ConversationInfo[]>;
  exists(id: string): Promise<boolean>;
  /** @throws TelltaleError `record_unknown`, `record_damaged`, `record_newer` */
  export(id: string, as: 'json' | 'markdown'): Promise<string>;
  /** Deletes it here and, as far as that can be done, at the provider. One that is damaged is deleted too. */
  forget(id: string): Promise<Forgotten>;
  /**
   * Deletes those that are older than they may be: after the `retentionMs` that they were opened with, or that are given here,
   * whichever is less. What cannot be read is left alone.
   */
  prune(options?: {
    readonly retentionMs?: number;
  }): Promise<readonly (Forgotten & { readonly id: string })[]>;
}

/**
 * The conversations of a store: lists them, exports them as text or JSON, and forgets them here and at the provider.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const all = conversations({ store, client: openai });
 * for (const { id, title, turns } of await all.list()) console.log(id, turns, title);
 * await all.prune({ retentionMs: 30 * 24 * 60 * 60 * 1_000 });
 * ```
 */
export function conversations(options: ConversationsOptions = {}): Conversations {
  const given = checkObject('options', options, ['store', 'client', 'clock']);
  const { client, clock = systemClock } = options;
  if (client !== undefined) telltale(client);
  checkClock('options.clock', clock);
  const store =
    given['store'] === undefined ? defaultStore(clock) : checkRecordStore('options.store', given['store']);
  const records = new Records(store, conversationKind);

  const readInfo = async (id: string, changedMs: number): Promise<ConversationInfo> => {
    try {
      const read = await records.read(id);
      return read ? { id, ...infoOf(read.value) } : { id, changedMs };
    } catch (error) {
      return { id, changedMs, problem: errorName(error) };
    }
  };

  return {
    list: async () => {
      const all: ConversationInfo[] = [];
      for (const { id, changedMs } of await records.list()) all.push(await readInfo(id, changedMs));
      return all;
    },
    exists: async (id) => {
      checkConversationId('id', id);
      return (await records.list()).some((record) => record.id === id);
    },
    export: async (id, as) => {
      const read = await records.read(checkConversationId('id', id));
      if (!read)
        throw new TelltaleError('record_unknown', `There is no conversation \`${id}\` in the store.`);
      return exportRecord(id, read.value, as);
    },
    forget: async (id) => await forgetConversation({ records, id: checkConversationId('id', id), client }),
    prune: async (pruning = {}) => {
      const { retentionMs } = checkObject('options', pruning, ['retentionMs']);
      const most = readRetentionMs('options.retentionMs', retentionMs);
      const onlyIf = (record: ConversationRecord): boolean => isExpired(record, clock.epochMs(), most);
      const pruned: (Forgotten & { readonly id: string })[] = [];
      for (const { id } of await records.list()) {
        const told = await forgetConversation({ records, id, client, onlyIf });
        if (told.wasKept) pruned.push({ id, ...told });
      }
      return pruned;
    },
  };
}

function infoOf(record: ConversationRecord): Omit<ConversationInfo, 'id'> {
  const { createdMs, changedMs, turns, cost } = record;
  const title = turns[0] && textOf(turns[0].user).trim().replaceAll(/\s+/g, ' ').slice(0, 80);
  return {
    createdMs,
    changedMs,
    turns: turns.length,
    ...(title && { title }),
    ...(cost.costUsd !== undefined && { costUsd: cost.costUsd }),
    isPending: turns.at(-1)?.state === 'pending',
  };
}
