import type { Body, Refusal } from '../answer.ts';
import { BoundedMap } from '../bounded-map.ts';
import { refuse } from '../error-bodies.ts';
import type { World } from '../world.ts';
import type { Item } from './item-page.ts';
import { bytesOf } from './stored-items.ts';

/** A conversation that the provider remembers. */
export interface Conversation {
  readonly id: string;
  readonly createdAt: number;
  metadata: unknown;
  items: readonly Item[];
  /** How many items it has ever had, so that each gets an id of its own. */
  added: number;
  /** The request whose response is being made in it. */
  lockedBy: object | undefined;
}

/** Beyond these the oldest conversations go. */
const MOST_CONVERSATIONS = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** The part of the world. */
export function createConversationStore(): BoundedMap<Conversation> {
  return new BoundedMap(MOST_CONVERSATIONS, MOST_BYTES);
}

export function conversationOf(world: World, id: string): Conversation | Refusal {
  return (
    world.part(createConversationStore).get(id) ?? refuse(404, `Conversation with id '${id}' not found.`)
  );
}

/** Only by who has locked it: the next may have done so already. */
export function unlock(conversation: Conversation | undefined, request: object): void {
  if (conversation?.lockedBy === request) conversation.lockedBy = undefined;
}

export function addItems(world: World, conversation: Conversation, items: readonly Item[]): void {
  conversation.items = [...conversation.items, ...items];
  conversation.added += items.length;
  world.part(createConversationStore).grow(conversation.id, bytesOf(items));
}

export function removeItem(world: World, conversation: Conversation, item: Item): void {
  conversation.items = conversation.items.filter((other) => other !== item);
  world.part(createConversationStore).grow(conversation.id, -bytesOf([item]));
}

export function conversationObject({ id, createdAt, metadata }: Conversation): Body {
  return { id, object: 'conversation', created_at: createdAt, metadata };
}
