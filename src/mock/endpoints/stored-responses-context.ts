import type { Body, Refusal } from '../answer.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { optional, recordOf } from '../fields.ts';
import type { World } from '../world.ts';
import { isRefusal } from './answers.ts';
import { type Conversation, conversationOf } from './conversations-store.ts';
import type { Item } from './item-page.ts';
import { contextItems, inputList } from './stored-items.ts';
import { createResponseStore, historyOf, outputOf } from './stored-responses-store.ts';

/** What a request builds upon. */
export interface Context {
  readonly before: readonly Item[];
  readonly conversation: Conversation | undefined;
}

const none: Context = { before: [], conversation: undefined };

/** What `previous_response_id` or `conversation` names, or why there is no such thing. */
export function contextOf(body: Body, world: World): Context | Refusal {
  const previous = optional(body, 'previous_response_id');
  const named = optional(body, 'conversation');
  if (previous === undefined && named === undefined) return none;
  if (previous === undefined) return inConversation(named, world);
  if (named !== undefined) {
    const message =
      "Mutually exclusive parameters: Ensure you are only providing one of: 'previous_response_id' or 'conversation'.";
    return refuse(400, message, undefined, 'mutually_exclusive_parameters');
  }
  return afterResponse(previous, world);
}

function afterResponse(previous: unknown, world: World): Context | Refusal {
  if (typeof previous !== 'string') return wrongType('previous_response_id', 'a string', previous);
  const stored = world.part(createResponseStore).get(previous);
  if (stored) return { before: historyOf(stored), conversation: undefined };
  const message = `Previous response with id '${previous}' not found.`;
  return refuse(400, message, 'previous_response_id', 'previous_response_not_found');
}

function inConversation(named: unknown, world: World): Context | Refusal {
  const id = typeof named === 'string' ? named : recordOf(named)?.['id'];
  if (typeof id !== 'string') return wrongType('conversation', "a string or an object with an 'id'", named);
  const conversation = conversationOf(world, id);
  if (isRefusal(conversation)) return conversation;
  return { before: contextItems(conversation.items), conversation };
}

/** The same request with all that it builds upon in its input; the items that it only names are in their places. */
export function withContext(
  body: Body,
  { before, conversation }: Context,
  world: World,
): { readonly body: Body } | Refusal {
  const { input } = body;
  const named = conversation ? { ...body, conversation: { id: conversation.id } } : body;
  if (Array.isArray(input) && input.some(isReference)) {
    const list = resolved(input, before, world);
    return isRefusal(list) ? list : { body: { ...named, input: [...before, ...list] } };
  }
  // What is no input stays as it is, to be refused for that.
  if (before.length === 0 || !(typeof input === 'string' || Array.isArray(input))) return { body: named };
  return { body: { ...named, input: [...before, ...inputList(input)] } };
}

function isReference(value: unknown): boolean {
  return recordOf(value)?.['type'] === 'item_reference';
}

function resolved(input: readonly unknown[], before: readonly Item[], world: World): unknown[] | Refusal {
  const items: unknown[] = [];
  for (const value of input) {
    const name = isReference(value) ? recordOf(value)?.['id'] : undefined;
    const item = name === undefined ? value : findItem(String(name), before, world);
    if (item === undefined) return refuse(404, `Item with id '${name}' not found.`, 'input');
    items.push(item);
  }
  return items;
}

function findItem(name: string, before: readonly Item[], world: World): Item | undefined {
  const known = before.find(({ id }) => id === name);
  if (known) return known;
  // What is named is mostly of late.
  for (const stored of [...world.part(createResponseStore).values()].reverse()) {
    const found = [...stored.input(), ...outputOf(stored)].find(({ id }) => id === name);
    if (found) return found;
  }
  return undefined;
}
