import type OpenAI from 'openai';
import type { Records } from '../store/records.ts';
import type { ConversationRecord } from './conversation-record.ts';
import { errorName } from './error-name.ts';
import { isGone } from './provider-errors.ts';

/** What was deleted. */
export interface Forgotten {
  /** Whether it was kept here, and is not any more. */
  readonly wasKept: boolean;
  /**
   * `deleted`: what the provider kept of it is deleted; `nothing`: it kept nothing; `left`: it may still keep it, because there
   * is no client to ask it with, the record cannot be read, or `error` came in between.
   */
  readonly provider: 'deleted' | 'nothing' | 'left';
  /** Why the provider may still keep it: the code or class of an error. */
  readonly error?: string;
}

export interface Forgetting {
  readonly records: Records<ConversationRecord>;
  readonly id: string;
  readonly client: OpenAI | undefined;
  /** Where it is given, others, and those that cannot be read, are left alone. */
  readonly onlyIf?: (record: ConversationRecord) => boolean;
}

/**
 * Deletes it at the provider first: a crash in between leaves the record that says what there is to delete. What is kept here
 * goes whatever the provider says.
 */
export async function forgetConversation({ records, id, client, onlyIf }: Forgetting): Promise<Forgotten> {
  const hold = await records.hold(id);
  try {
    const told = await forgetAtProvider(records, id, client, onlyIf);
    return told ? { wasKept: await records.delete(id), ...told } : { wasKept: false, provider: 'nothing' };
  } finally {
    await hold.release();
  }
}

/** Whether it is older than it may be, by what it was opened with or is opened with now, whichever is less. */
export function isExpired(
  record: ConversationRecord,
  nowMs: number,
  retentionMs: number | undefined,
): boolean {
  const forever = Number.POSITIVE_INFINITY;
  return nowMs - record.changedMs > Math.min(record.retentionMs ?? forever, retentionMs ?? forever);
}

type Told = Omit<Forgotten, 'wasKept'>;

/** Undefined where it is not to be deleted. */
async function forgetAtProvider(
  records: Records<ConversationRecord>,
  id: string,
  client: OpenAI | undefined,
  onlyIf: Forgetting['onlyIf'],
): Promise<Told | undefined> {
  let record: ConversationRecord | undefined;
  try {
    record = (await records.read(id))?.value;
  } catch (error) {
    return onlyIf ? undefined : { provider: 'left', error: errorName(error) };
  }
  if (!record || (onlyIf && !onlyIf(record))) return undefined;
  return await deleteAtProvider(record, client);
}

async function deleteAtProvider(record: ConversationRecord, client: OpenAI | undefined): Promise<Told> {
  const { conversation, turns, stale = [] } = record;
  const kept = [...stale, ...(conversation ? [conversation.id] : [])];
  const responses = turns.flatMap(({ isStored, responseId }) => (isStored && responseId ? [responseId] : []));
  if (kept.length === 0 && responses.length === 0) return { provider: 'nothing' };
  if (!client) return { provider: 'left' };
  const told: Told[] = [];
  for (const id of kept) told.push(await deleteConversation(client, id));
  for (const id of responses) told.push(await deletion(() => client.responses.delete(id)));
  return told.find(({ provider }) => provider === 'left') ?? { provider: 'deleted' };
}

export async function deleteConversation(client: OpenAI, id: string): Promise<Told> {
  return await deletion(() => client.conversations.delete(id));
}

async function deletion(remove: () => Promise<unknown>): Promise<Told> {
  try {
    await remove();
  } catch (error) {
    if (!isGone(error)) return { provider: 'left', error: errorName(error) };
  }
  return { provider: 'deleted' };
}
