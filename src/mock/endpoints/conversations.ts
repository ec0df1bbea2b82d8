import type { Answer, Body, Refusal } from '../answer.ts';
import { missing, refuse, wrongType } from '../error-bodies.ts';
import { optional, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { bodyProblem, isRefusal, json } from './answers.ts';
import {
  addItems,
  type Conversation,
  conversationObject,
  conversationOf,
  createConversationStore,
  removeItem,
} from './conversations-store.ts';
import { type Item, listOf, pageOf } from './item-page.ts';
import { itemsOf } from './stored-items.ts';

export const conversationRoutes: readonly Route[] = [
  { endpoint: 'conversations', method: 'POST', path: '/conversations', takes: 'any', answer: create },
  { endpoint: 'conversations', method: 'GET', path: '/conversations/:id', answer: inConversation(retrieve) },
  { endpoint: 'conversations', method: 'POST', path: '/conversations/:id', answer: inConversation(update) },
  { endpoint: 'conversations', method: 'DELETE', path: '/conversations/:id', answer: inConversation(remove) },
  {
    endpoint: 'conversations',
    method: 'GET',
    path: '/conversations/:id/items',
    answer: inConversation(listItems),
  },
  {
    endpoint: 'conversations',
    method: 'POST',
    path: '/conversations/:id/items',
    answer: inConversation(createItems),
  },
  {
    endpoint: 'conversations',
    method: 'GET',
    path: '/conversations/:id/items/:item',
    answer: inConversation(retrieveItem),
  },
  {
    endpoint: 'conversations',
    method: 'DELETE',
    path: '/conversations/:id/items/:item',
    answer: inConversation(deleteItem),
  },
];

type Handler = (conversation: Conversation, request: ApiRequest) => Answer;

function inConversation(handle: Handler): (request: ApiRequest) => Answer {
  return (request) => {
    const found = conversationOf(request.world, request.params['id'] ?? '');
    return isRefusal(found) ? found : handle(found, request);
  };
}

const MOST_ITEMS_AT_ONCE = 20;

function create({ body, raw, ask, world }: ApiRequest): Answer {
  const problem = bodyProblem(raw) ?? metadataProblem(body) ?? itemsProblem(optional(body, 'items'));
  if (problem) return problem;
  const conversation: Conversation = {
    id: `conv_${hexadecimal(ask.seed, `conversation ${ask.attempt} ${ask.callId}`, 48)}`,
    createdAt: Math.floor(ask.clock.epochMs() / 1_000),
    metadata: body['metadata'] ?? {},
    items: [],
    added: 0,
    lockedBy: undefined,
  };
  return json(conversationObject(conversation), () => {
    world.part(createConversationStore).set(conversation.id, conversation, raw.length);
    addItems(world, conversation, newItems(conversation, body, world.seed));
  });
}

function newItems({ id, added }: Conversation, body: Body, seed: number): Item[] {
  const given = (optional(body, 'items') ?? []) as readonly unknown[];
  return itemsOf(given, seed, `${added} ${id}`);
}

function retrieve(conversation: Conversation): Answer {
  return json(conversationObject(conversation));
}

function update(conversation: Conversation, { body }: ApiRequest): Answer {
  if (!('metadata' in body)) return missing('metadata');
  const problem = metadataProblem(body);
  if (problem) return problem;
  const metadata = body['metadata'] ?? {};
  return json(conversationObject({ ...conversation, metadata }), () => {
    conversation.metadata = metadata;
  });
}

function remove({ id }: Conversation, { world }: ApiRequest): Answer {
  return json({ id, object: 'conversation.deleted', deleted: true }, () => {
    world.part(createConversationStore).delete(id);
  });
}

function listItems({ items }: Conversation, { query }: ApiRequest): Answer {
  const page = pageOf(items, query);
  return isRefusal(page) ? page : json(page);
}

function createItems(conversation: Conversation, { body, world }: ApiRequest): Answer {
  const items = optional(body, 'items');
  if (items === undefined) return missing('items');
  const problem = itemsProblem(items);
  if (problem) return problem;
  const added = newItems(conversation, body, world.seed);
  return json(listOf(added, false), () => addItems(world, conversation, added));
}

/** An item may say anything of itself, so it is not told from a refusal by what it says. */
function itemOf({ items }: Conversation, { params }: ApiRequest): Item | undefined {
  return items.find(({ id }) => id === params['item']);
}

function missingItem({ id }: Conversation, { params }: ApiRequest): Refusal {
  return refuse(404, `Item with id '${params['item']}' not found in conversation '${id}'.`);
}

function retrieveItem(conversation: Conversation, request: ApiRequest): Answer {
  const item = itemOf(conversation, request);
  return item ? json(item) : missingItem(conversation, request);
}

function deleteItem(conversation: Conversation, request: ApiRequest): Answer {
  const item = itemOf(conversation, request);
  if (!item) return missingItem(conversation, request);
  return json(conversationObject(conversation), () => removeItem(request.world, conversation, item));
}

function metadataProblem(body: Body): Refusal | undefined {
  const metadata = optional(body, 'metadata');
  return metadata === undefined || recordOf(metadata)
    ? undefined
    : wrongType('metadata', 'an object', metadata);
}

function itemsProblem(items: unknown): Refusal | undefined {
  if (items === undefined) return undefined;
  if (!Array.isArray(items)) return wrongType('items', 'an array of objects', items);
  if (items.length > MOST_ITEMS_AT_ONCE) {
    const message = `Invalid 'items': array too long. Expected an array with maximum length ${MOST_ITEMS_AT_ONCE}, but got an array with length ${items.length} instead.`;
    return refuse(400, message, 'items', 'array_above_max_length');
  }
  const wrong = items.findIndex((item) => recordOf(item) === undefined);
  return wrong === -1 ? undefined : wrongType(`items[${wrong}]`, 'an object', items[wrong]);
}
