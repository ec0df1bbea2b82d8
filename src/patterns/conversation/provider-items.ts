import type OpenAI from 'openai';
import type { Answer } from './ask.ts';
import { isGone } from './provider-errors.ts';
import { signalled } from './provider-memory.ts';
import type { TurnRun } from './turn-run.ts';

/** Something in the provider's conversation. */
export interface Item {
  readonly id: string | undefined;
  readonly item: OpenAI.Conversations.ConversationItem;
}

/** What came into the provider's conversation since what is known of it; undefined where nothing can have. */
export async function addedItems(run: TurnRun): Promise<readonly Item[] | undefined> {
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

/**
 * What was answered is all that comes after the last thing that was asked, if that is what was sent: somebody else may have
 * used the provider's conversation.
 */
export function answerIn(items: readonly Item[], sent: readonly string[] | undefined): Answer | undefined {
  const isAsked = ({ item }: Item): boolean => item.type === 'message' && item.role !== 'assistant';
  const asked = items.findLastIndex(isAsked);
  const answered = items.slice(asked + 1);
  if (answered.length === 0) return undefined;
  if (sent && textOfItem(items[asked]) !== sent.at(-1)) return undefined;
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

/** Takes out what the end of the conversation has of what was sent, and nothing else. */
export async function removeUnanswered(
  run: TurnRun,
  items: readonly Item[],
  sent: readonly string[] | undefined,
): Promise<void> {
  const left = [...(sent ?? [])];
  for (const item of items.toReversed()) {
    if (item.id === undefined || textOfItem(item) !== left.pop()) return;
    const { id } = item;
    await run.calling(() => removeItem(run, id));
  }
}

function textOfItem(item: Item | undefined): string | undefined {
  if (item?.item.type !== 'message') return undefined;
  return item.item.content.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
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
