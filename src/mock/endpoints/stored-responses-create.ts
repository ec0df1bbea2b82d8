import type { Answer, Ask, Body, Effect, Refusal, StreamAnswer, WholeAnswer } from '../answer.ts';
import { withEffect } from '../effect.ts';
import { refuse } from '../error-bodies.ts';
import { booleanProblem, optional } from '../fields.ts';
import type { ApiRequest } from '../route.ts';
import type { World } from '../world.ts';
import { isRefusal } from './answers.ts';
import { createJob } from './background-job.ts';
import { addItems, type Conversation, unlock } from './conversations-store.ts';
import { parseEvents } from './event-text.ts';
import type { Item } from './item-page.ts';
import { answerResponses } from './responses.ts';
import { inputList, itemsOf } from './stored-items.ts';
import { type Context, contextOf, withContext } from './stored-responses-context.ts';
import { createResponseStore, outputOf, type StoredResponse } from './stored-responses-store.ts';

/** A request that has been looked through. */
interface Made {
  /** As it came. */
  readonly body: Body;
  readonly bytes: number;
  readonly ask: Ask;
  readonly world: World;
  readonly context: Context;
}

/** `POST /responses`: the answer, with what the provider remembers before and after it. */
export function createResponse({ body, raw, ask, world, whenEnded }: ApiRequest): Answer | Promise<Answer> {
  const problem = backgroundProblem(body);
  if (problem) return problem;
  const context = contextOf(body, world);
  if (isRefusal(context)) return context;
  const { conversation } = context;
  if (conversation?.lockedBy) return locked;
  const asked = withContext(body, context, world);
  if (isRefusal(asked)) return asked;
  const isBackground = body['background'] === true;
  const made: Made = { body, bytes: raw.length, ask, world, context };
  // Before anything is waited for.
  if (conversation) conversation.lockedBy = made;
  try {
    const answer = answerResponses(isBackground ? { ...asked.body, stream: true } : asked.body, ask);
    if (!(answer instanceof Promise)) return followed(answer, made);
    let isWaitedFor = true;
    // Whose client has left may be waited for without an end.
    whenEnded(() => isWaitedFor && unlock(conversation, made));
    return answer.then((later) => {
      isWaitedFor = false;
      return followed(later, made);
    });
  } catch (error) {
    unlock(conversation, made);
    throw error;
  }
}

/** The answer, followed by what it changes. */
function followed(answer: Answer, made: Made): Answer {
  const { body, context } = made;
  const { conversation } = context;
  if (answer.kind === 'refusal') {
    unlock(conversation, made);
    return answer;
  }
  if (body['background'] === true && answer.kind === 'stream') return inBackground(answer, made);
  return optional(body, 'store') === false && !conversation ? answer : inForeground(answer, made);
}

const locked = refuse(
  400,
  'Another process is currently operating on this conversation. Please retry in a few seconds.',
  'conversation',
  'conversation_locked',
);

function backgroundProblem(body: Body): Refusal | undefined {
  const problem = booleanProblem(body, 'background') ?? booleanProblem(body, 'store');
  if (problem || body['background'] !== true || body['store'] !== false) return problem;
  const message =
    "Background mode requires 'store' to be true: a response that is not stored cannot be polled.";
  return refuse(400, message, 'store', 'unsupported_parameter');
}

/** Remembered once the last of the answer is sent: what broke off is forgotten. */
function inForeground(answer: WholeAnswer | StreamAnswer, made: Made): Answer {
  const { conversation } = made.context;
  const effect: Effect = {
    finish() {
      const stored = storedOf(answer, made);
      if (stored) remember(stored, made, sizeOf(answer));
      if (stored && conversation) append(conversation, stored, made);
      // Before its client can know, and ask again.
      unlock(conversation, made);
    },
    end: () => unlock(conversation, made),
  };
  return withEffect(answer, effect);
}

function sizeOf(answer: WholeAnswer | StreamAnswer): number {
  return answer.kind === 'whole'
    ? answer.body.length
    : answer.opening.text.length + answer.closing.text.length;
}

/** Read only when somebody asks for it. */
function storedOf(answer: WholeAnswer | StreamAnswer, made: Made): StoredResponse | undefined {
  const text = answer.kind === 'whole' ? answer.body.toString() : answer.closing.text;
  const id = /"id":"(resp_[^"]+)"/.exec(answer.kind === 'whole' ? text : answer.opening.text)?.[1];
  if (id === undefined) return undefined;
  const isWhole = answer.kind === 'whole';
  const response = (): Body => (isWhole ? JSON.parse(text) : parseEvents(text).at(-1)?.['response']) as Body;
  return { id, response, input: () => inputOf(id, made), job: undefined };
}

function inputOf(id: string, { body, world, context }: Made): Item[] {
  return [...context.before, ...ownInput(id, body, world)];
}

function ownInput(id: string, body: Body, world: World): Item[] {
  return itemsOf(inputList(body['input']), world.seed, id);
}

/** What came before is held by others too, so only its places count. */
function remember(stored: StoredResponse, { body, bytes, world, context }: Made, answerBytes: number): void {
  if (optional(body, 'store') === false) return;
  const size = bytes + answerBytes + 8 * context.before.length;
  world.part(createResponseStore).set(stored.id, stored, size);
}

function append(conversation: Conversation, stored: StoredResponse, { body, world }: Made): void {
  addItems(world, conversation, [...ownInput(stored.id, body, world), ...outputOf(stored)]);
}

function inBackground(source: StreamAnswer, made: Made): Answer {
  const { body, ask, world, context } = made;
  const { conversation } = context;
  const job = createJob({
    world,
    callId: ask.callId,
    attempt: ask.attempt,
    source,
    isStreamed: body['stream'] === true,
    whenOver(end) {
      const isWhole = end === 'completed' || end === 'incomplete';
      if (conversation && isWhole) append(conversation, stored, made);
      unlock(conversation, made);
    },
  });
  const stored: StoredResponse = {
    id: job.id,
    response: job.response,
    input: () => inputOf(job.id, made),
    job,
  };
  let hasBegun = false;
  const effect: Effect = {
    begin(entry) {
      hasBegun = true;
      remember(stored, made, sizeOf(source));
      job.begin(entry);
    },
    finish: () => job.book(),
    end() {
      job.book();
      if (!hasBegun) unlock(conversation, made);
    },
  };
  return withEffect(job.isStreamed ? job.stream(0) : job.answer(), effect);
}
