import type { CallResponse, Resource, Usage } from '../call.ts';
import { asArray, asCount, asObject, asString, asWord, type JsonObject } from '../json.ts';
import { readUsage } from './usage.ts';

/** What an answer says of itself, gathered while it is read. Both JSON and streams end up here. */
export interface Answer {
  readonly response: CallResponse;
  usage?: Usage;
  /** The answer said that it was finished. */
  finished: boolean;
  /** Something in it can be seen or acted on: text, a refusal, a tool call, audio. */
  visible: boolean;
  /** A body was read whole, and it was no JSON object. */
  malformed?: true;
  /** The answer carried an error of the provider's. */
  failure?: { readonly code: string | undefined; readonly message: string | undefined };
  /** Length of the visible text, in characters; for estimates. */
  characters: number;
}

export function newAnswer(): Answer {
  return { response: {}, finished: false, visible: false, characters: 0 };
}

/** A request may ask for so many choices at most. */
export const mostChoices = 128;

/** Identity fields that chat, Responses and embeddings share. */
export function readIdentity(answer: Answer, value: JsonObject): void {
  const { response } = answer;
  const id = asWord(value['id']);
  const model = asWord(value['model']);
  const serviceTier = asWord(value['service_tier']);
  const systemFingerprint = asWord(value['system_fingerprint']);
  if (id !== undefined) response.id = id;
  if (model !== undefined) response.model = model;
  if (serviceTier !== undefined) response.serviceTier = serviceTier;
  if (systemFingerprint !== undefined) response.systemFingerprint = systemFingerprint;
}

/** True for a chat message, or a delta of one, that shows something. */
export function isVisibleMessage(message: JsonObject | undefined): boolean {
  if (!message) return false;
  return (
    asString(message['content']) !== undefined ||
    asArray(message['content']).length > 0 ||
    asString(message['refusal']) !== undefined ||
    asArray(message['tool_calls']).length > 0 ||
    asObject(message['function_call']) !== undefined ||
    asObject(message['audio']) !== undefined
  );
}

/** A whole chat completion. */
export function readChat(answer: Answer, value: JsonObject): void {
  readIdentity(answer, value);
  readChoices(answer, value, (choice) => {
    const message = asObject(choice?.['message']);
    if (isVisibleMessage(message)) answer.visible = true;
    answer.characters += asString(message?.['content'])?.length ?? 0;
  });
  const error = asObject(value['error']);
  if (error) readFailure(answer, error);
  answer.finished = true;
  setUsage(answer, value['usage']);
}

/** Statuses in which a Response will not change any more. */
const settled: readonly unknown[] = ['completed', 'failed', 'incomplete', 'cancelled'];

/** A whole Response object, or the one inside a stream's last event. */
export function readResponse(answer: Answer, value: JsonObject): void {
  readIdentity(answer, value);
  const status = asWord(value['status']);
  const incomplete = asWord(asObject(value['incomplete_details'])?.['reason']);
  if (status !== undefined && settled.includes(status)) {
    answer.response.finishReasons = [incomplete ?? status];
  }
  const error = asObject(value['error']);
  if (status === 'failed' || error) readFailure(answer, error ?? {});
  for (const entry of asArray(value['output'])) {
    const item = asObject(entry);
    const type = item?.['type'];
    if (type === 'reasoning') continue;
    if (type !== 'message') answer.visible = true;
    for (const part of asArray(item?.['content']).map(asObject)) {
      const text = asString(part?.['text']) ?? asString(part?.['refusal']);
      if (text === undefined) continue;
      answer.visible = true;
      answer.characters += text.length;
    }
  }
  // A background job that has only been queued has shown nothing yet, and that is no fault.
  if (status !== undefined && !settled.includes(status)) answer.visible = true;
  answer.finished = true;
  setUsage(answer, value['usage']);
}

/** A whole completion of the older kind, whose choices hold their text themselves. */
export function readCompletion(answer: Answer, value: JsonObject): void {
  readOther(answer, value);
  answer.visible = false;
  readChoices(answer, value, (choice) => {
    const text = asString(choice?.['text']);
    if (text === undefined) return;
    answer.visible = true;
    answer.characters += text.length;
  });
}

function readChoices(
  answer: Answer,
  value: JsonObject,
  readOne: (choice: JsonObject | undefined) => void,
): void {
  const finishReasons: string[] = [];
  for (const entry of asArray(value['choices'])) {
    const choice = asObject(entry);
    const reason = asWord(choice?.['finish_reason']);
    if (reason !== undefined && finishReasons.length < mostChoices) finishReasons.push(reason);
    readOne(choice);
  }
  if (finishReasons.length > 0) answer.response.finishReasons = finishReasons;
}

/** Embeddings, a moderation, images, a transcription: identity and usage are all that is looked for. */
export function readOther(answer: Answer, value: JsonObject): void {
  readIdentity(answer, value);
  const error = asObject(value['error']);
  if (error) readFailure(answer, error);
  answer.finished = true;
  answer.visible = true;
  setUsage(answer, value['usage']);
}

/** A Response that was fetched. Whether its tokens were counted before is not decided here. */
export function readFetched(answer: Answer, value: JsonObject): void {
  readResponse(answer, value);
  // A job that has failed was fetched well all the same.
  delete answer.failure;
  answer.response.resource = { id: asWord(value['id']), status: asWord(value['status']) };
}

/** A Response that was cancelled, or had ended before it could be. */
export function readCancelled(answer: Answer, value: JsonObject): void {
  readFetched(answer, value);
  readResource(answer, value);
}

/** Anything else that an API keeps: a file, a batch, a job, a vector store, or a list of such. */
export function readResource(answer: Answer, value: JsonObject): void {
  answer.finished = true;
  answer.visible = true;
  const type = asWord(value['object']);
  const list = type === 'list' ? value['data'] : undefined;
  const requests = asObject(value['request_counts']);
  const resource: Resource = {
    type,
    id: asWord(value['id']),
    status: asWord(value['status']),
    count: Array.isArray(list) ? list.length : undefined,
    completedRequests: asCount(requests?.['completed']),
    failedRequests: asCount(requests?.['failed']),
    totalRequests: asCount(requests?.['total']),
    model: type === 'batch' ? asWord(value['model']) : undefined,
  };
  if (Object.values(resource).some((part) => part !== undefined)) answer.response.resource = resource;
  if (type === 'batch') setUsage(answer, value['usage']);
}

export function setUsage(answer: Answer, value: unknown): void {
  const usage = readUsage(value);
  if (usage) answer.usage = usage;
}

export function readFailure(answer: Answer, error: JsonObject): void {
  answer.failure = {
    code: asWord(error['code']) ?? asWord(error['type']),
    message: asString(error['message']),
  };
}
