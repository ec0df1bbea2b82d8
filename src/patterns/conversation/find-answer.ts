import type OpenAI from 'openai';
import { type Answer, answerOf } from './ask.ts';
import type { TurnRecord } from './conversation-record.ts';
import { delay } from './delay.ts';
import { isGone } from './provider-errors.ts';
import { signalled } from './provider-memory.ts';
import type { TurnRun } from './turn-run.ts';

/** How long a response that is still being made is waited for. */
const waitsMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Asks the provider for the answer of a turn that was sent and of which nobody knows what came: first for the response, whose id
 * is known since it began, then for what was added to the conversation. So nothing is paid twice that can be had.
 */
export async function findAnswer(run: TurnRun, turn: TurnRecord): Promise<Answer | undefined> {
  const added = await addedItems(run);
  const response = turn.isStored && turn.responseId ? await responseOf(run, turn.responseId) : undefined;
  if (response) return { ...answerOf(response), ...(added && { lastItemId: added.at(-1)?.id }) };
  const found = added && answerIn(added);
  if (found) return found;
  // A question without its answer would be there twice when it is asked again.
  for (const { id } of added ?? []) if (id !== undefined) await run.calling(() => removeItem(run, id));
  return undefined;
}

interface Item {
  readonly id: string | undefined;
  readonly item: OpenAI.Conversations.ConversationItem;
}

/** What came into the provider's conversation since what is known of it; undefined where nothing can have. */
async function addedItems(run: TurnRun): Promise<readonly Item[] | undefined> {
  const { conversation } = run.record;
  if (!conversation?.isUncertain) return undefined;
  const { client } = run.session.settings;
  const { id, lastItemId } = conversation;
  const items: Item[] = [];
  try {
    await run.calling(async () => {
      const query = {
        order: 'asc' as const,
        limit: 100,
        ...(lastItemId !== undefined && { after: lastItemId }),
      };
      for await (const item of client.conversations.items.list(id, query, signalled(run)))
        items.push({ id: 'id' in item ? (item.id ?? undefined) : undefined, item });
    });
  } catch (error) {
    if (!isGone(error)) throw error;
    return undefined;
  }
  return items.length === 0 ? undefined : items;
}

/** What was answered is all that comes after the last thing that was asked. */
function answerIn(items: readonly Item[]): Answer | undefined {
  const isAsked = ({ item }: Item): boolean => item.type === 'message' && item.role !== 'assistant';
  const answered = items.slice(items.findLastIndex(isAsked) + 1);
  if (answered.length === 0) return undefined;
  let text = '';
  let isRefused = false;
  let isCutShort = false;
  for (const { item } of answered) {
    if (item.type !== 'message') continue;
    if (item.status === 'incomplete') isCutShort = true;
    for (const part of item.content) {
      if (part.type === 'refusal') isRefused = true;
      if (part.type === 'refusal') text += part.refusal;
      else if ('text' in part) text += part.text;
    }
  }
  return {
    text,
    outcome: isRefused ? 'refused' : text === '' ? 'empty' : isCutShort ? 'truncated' : 'ok',
    // The provider's own word for why is in the response alone.
    incompleteReason: isCutShort ? 'unknown' : undefined,
    model: undefined,
    responseId: undefined,
    lastItemId: answered.at(-1)?.id,
    hasBegun: true,
    usage: undefined,
    error: undefined,
  };
}

/**
 * Where an earlier turn was stopped or failed on its way, the provider may have it all the same. What it has is not said again;
 * and a turn that failed has its answer then.
 */
export async function reconcile(run: TurnRun): Promise<void> {
  const before = run.record.turns.at(-2);
  const { conversation } = run.record;
  if (!before || !conversation) return;
  const added = await addedItems(run);
  const answer = added && (await findAnswer(run, before));
  if (!answer) return;
  const { text, outcome, incompleteReason, model, responseId = before.responseId } = answer;
  const said = { text, outcome, incompleteReason, model, responseId, error: undefined };
  const settled: TurnRecord = before.state === 'failed' ? { ...before, ...said, state: 'answered' } : before;
  const synced = run.record.turns.length - 1;
  const memory = { ...conversation, synced, lastItemId: answer.lastItemId };
  await run.held.write({
    turns: [...run.record.turns.slice(0, -2), settled, run.turn],
    conversation: memory,
  });
  if (settled !== before)
    run.notice('recovered', `The provider has an answer to turn ${synced}, which had failed here.`);
}

/** Undefined where it came to nothing, or the provider does not have it. */
async function responseOf(run: TurnRun, id: string): Promise<OpenAI.Responses.Response | undefined> {
  const { client, clock } = run.session.settings;
  for (const waitMs of [...waitsMs, undefined]) {
    let response: OpenAI.Responses.Response;
    try {
      response = await run.calling(() => client.responses.retrieve(id, {}, signalled(run)));
    } catch (error) {
      if (!isGone(error)) throw error;
      return undefined;
    }
    const { status } = response;
    if (status === 'completed' || status === 'incomplete') return response;
    if (status !== 'in_progress' && status !== 'queued') return undefined;
    if (waitMs !== undefined) await delay(clock, waitMs, run.signal);
  }
  return undefined;
}

async function removeItem(run: TurnRun, id: string): Promise<void> {
  const { conversation } = run.record;
  if (!conversation) return;
  try {
    await run.session.settings.client.conversations.items.delete(id, { conversation_id: conversation.id });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
