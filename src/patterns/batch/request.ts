import { asArray, asObject, asString, type JsonObject } from '../../json.ts';

/** One request of a batch. */
export interface BatchRequest {
  /** By which its result is known: no two have the same. @default `request-` and its number, from 1 */
  readonly customId?: string;
  /** What the endpoint is asked, as a call of its own would ask it. */
  readonly body: Readonly<Record<string, unknown>>;
  /** If given, the endpoint of the batch. */
  readonly url?: string;
}

/** What a batch may ask, as openai 7 lists it. */
export const batchEndpoints = [
  '/v1/responses',
  '/v1/chat/completions',
  '/v1/embeddings',
  '/v1/completions',
  '/v1/moderations',
  '/v1/images/generations',
  '/v1/images/edits',
  '/v1/videos',
] as const;

/** An endpoint that can be asked in batches. */
export type BatchEndpoint = (typeof batchEndpoints)[number];

/** A request that can be sent. */
export interface CheckedRequest {
  readonly customId: string;
  readonly model: string;
  readonly body: JsonObject;
}

/** A line as it may stand in a file: the API's own form, or a short one. */
export interface LooseRequest {
  readonly customId: unknown;
  readonly method: unknown;
  readonly url: unknown;
  readonly body: unknown;
}

const lineNames = ['custom_id', 'method', 'url', 'body'];
/** A line may be the body itself, of which these are the least. */
const promptNames = ['input', 'messages', 'prompt'];

/** @returns what is wrong with the line, or what it says */
export function readLine(text: string): LooseRequest | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is no JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  const line = asObject(value);
  if (!line) return 'is no JSON object';
  const { custom_id: customId, method, url, body: given, ...rest } = line;
  const isShort = given === undefined && promptNames.some((name) => rest[name] !== undefined);
  const unknown = isShort ? undefined : Object.keys(line).find((name) => !lineNames.includes(name));
  if (unknown !== undefined) return `has an unknown field \`${unknown}\` beside \`body\``;
  return { customId, method, url, body: isShort ? rest : given };
}

export function readObject(value: unknown): LooseRequest | string {
  const request = asObject(value);
  if (!request) return 'is no object';
  const unknown = Object.keys(request).find((name) => !['customId', 'body', 'url'].includes(name));
  if (unknown !== undefined) return `has an unknown field \`${unknown}\``;
  return { customId: request['customId'], method: undefined, url: request['url'], body: request['body'] };
}

/** The endpoint that the first request asks, where nobody said it. */
export function endpointOf({ url, body }: LooseRequest): string {
  if (typeof url === 'string') return url;
  const fields = asObject(body) ?? {};
  if (fields['messages'] !== undefined) return '/v1/chat/completions';
  return fields['prompt'] !== undefined ? '/v1/completions' : '/v1/responses';
}

export interface RequestSetting {
  readonly endpoint: string;
  /** For bodies that name none. */
  readonly model: string | undefined;
  readonly defaultId: string;
}

/** @returns what is wrong with the request, or what is sent */
export function checkRequest(
  request: LooseRequest,
  { endpoint, model: defaultModel, defaultId }: RequestSetting,
): CheckedRequest | string {
  const { customId = defaultId, method, url, body: given } = request;
  if (asString(customId) === undefined) return 'has a `custom_id` that is no text, or empty';
  if (method !== undefined && method !== 'POST') return 'has a `method` other than POST';
  if (url !== undefined && url !== endpoint)
    return `asks ${short(url)}, and the batch asks \`${endpoint}\`: one batch has one endpoint`;
  if (given === undefined) return 'has no `body`';
  const fields = asObject(given);
  if (!fields) return 'has a `body` that is no object';
  for (const name of ['stream', 'background'])
    if (fields[name] === true) return `has \`${name}: true\`, which no batch can do`;
  const model = asString(fields['model']) ?? (fields['model'] === undefined ? defaultModel : undefined);
  // The model of moderations has a default of its own.
  if (model === undefined && endpoint !== '/v1/moderations') return 'names no `model`';
  const body = model === undefined || fields['model'] === model ? fields : { model, ...fields };
  return { customId: customId as string, model: model ?? '', body };
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

/** The line that is uploaded, without its end. */
export function writeLine({ customId, body }: CheckedRequest, endpoint: string): string {
  return JSON.stringify({ custom_id: customId, method: 'POST', url: endpoint, body });
}

/** Texts to be embedded, of which a batch has a limit of its own. */
export function inputsOf(body: JsonObject, endpoint: string): number {
  if (endpoint !== '/v1/embeddings') return 0;
  const inputs = asArray(body['input']);
  // A list of numbers is one text, as tokens.
  return inputs.length === 0 || typeof inputs[0] === 'number' ? 1 : inputs.length;
}

const promptFields = [...promptNames, 'instructions', 'tools', 'text', 'response_format'];

/** About how many tokens of the queue a request takes: four bytes each of what its prompt is written in, frames included. */
export function estimateTokens(body: JsonObject): number {
  let bytes = 0;
  for (const name of promptFields) {
    const value = body[name];
    if (value !== undefined) bytes += Buffer.byteLength(JSON.stringify(value));
  }
  return Math.ceil(bytes / 4);
}
