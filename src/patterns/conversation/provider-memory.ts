import type OpenAI from 'openai';
import type { Answer } from './ask.ts';
import type { ProviderMemory } from './conversation-record.ts';
import { deleteConversation } from './forget.ts';
import type { OutgoingMessage } from './message.ts';
import type { TurnRun } from './turn-run.ts';
import { messagesFrom } from './window.ts';

/** How a request is built upon what the provider has. */
export interface Ground {
  readonly messages: readonly OutgoingMessage[];
  readonly params: Partial<OpenAI.Responses.ResponseCreateParams>;
  /** Whether it stands on something that the provider may have forgotten. */
  readonly isBuiltUpon: boolean;
}

/** What the next request says, and where it is said; makes the provider's conversation where there is none. */
export async function groundOf(run: TurnRun): Promise<Ground> {
  const { via } = run.session.settings;
  const { record } = run;
  if (via === 'history')
    return { messages: messagesFrom(record, 0), params: { store: false }, isBuiltUpon: false };
  if (via === 'conversations') {
    const memory = await conversationOf(run);
    return {
      messages: messagesFrom(run.record, memory.synced),
      params: { store: true, conversation: memory.id },
      isBuiltUpon: true,
    };
  }
  const memory = record.response?.start === record.start ? record.response : undefined;
  return {
    messages: messagesFrom(record, memory?.synced ?? 0),
    params: { store: true, ...(memory && { previous_response_id: memory.id }) },
    isBuiltUpon: memory !== undefined,
  };
}

/** One that was begun with more than the model is shown now is left for a new one. */
async function conversationOf(run: TurnRun): Promise<ProviderMemory> {
  const { record, session } = run;
  const { client } = session.settings;
  if (record.conversation?.start === record.start) return record.conversation;
  const old = [...(record.stale ?? []), ...(record.conversation ? [record.conversation.id] : [])];
  const stale: string[] = [];
  for (const id of old) {
    const told = await run.calling(() => deleteConversation(client, id));
    if (told.provider === 'left') stale.push(id);
  }
  const { id } = await run.calling(() => client.conversations.create({}, signalled(run)));
  const conversation: ProviderMemory = { id, synced: 0, start: record.start, isUncertain: true };
  await run.write({}, { conversation, stale });
  return conversation;
}

/** What the provider has once it has answered the last turn. */
export function memoryAfter(run: TurnRun, answer: Answer): Partial<TurnRun['record']> {
  const { via } = run.session.settings;
  const { turns, start, conversation } = run.record;
  const synced = turns.length;
  if (via === 'conversations')
    return conversation
      ? { conversation: { id: conversation.id, start, synced, lastItemId: answer.lastItemId } }
      : {};
  const { responseId } = answer;
  if (via === 'previous-response' && responseId !== undefined)
    return { response: { id: responseId, start, synced } };
  return {};
}

/** The provider does not have it any more: the next request says all of it. */
export async function forgetMemory(run: TurnRun): Promise<void> {
  const { via } = run.session.settings;
  await run.write({}, via === 'conversations' ? { conversation: undefined } : { response: undefined });
}

export function signalled({ signal }: TurnRun): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
