/**
 * Token estimates, for where the provider sends no usage: they are marked `estimated` wherever they appear.
 *
 * The rule is OpenAI's own, "1 token ~= 4 chars in English" ("What are tokens and how to count them?",
 * https://help.openai.com/en/articles/4936856). Other languages need more tokens than it says, Chinese and Japanese
 * up to four times as many. A tokenizer would be closer, but weighs megabytes and takes milliseconds a call.
 */
const charactersPerToken = 4;

/** Around each chat message, and before the reply: `tokens_per_message` in OpenAI's cookbook, "How to count tokens". */
const tokensPerMessage = 3;

/**
 * One picture of 1024 by 1024 at high detail, and any picture at low detail, as gpt-4o counts them (85 + 4 tiles of
 * 170; 85), by OpenAI's vision guide. A sound or a file is counted as one picture, for want of anything better.
 */
const tokensPerAttachment = 765;
const tokensPerLowDetailImage = 85;

const attachments = [
  'image_url',
  'input_image',
  'input_audio',
  'file',
  'input_file',
  'computer_screenshot',
  'image_generation_call',
];

/** Fields of messages that are no part of the prompt's text. */
const unread = [
  'type',
  'id',
  'call_id',
  'tool_call_id',
  'status',
  'encrypted_content',
  'detail',
  'annotations',
];

/** Bounds on what is looked at: they end cycles, and no prompt has more. Only lengths are read, nothing is copied. */
const maxValues = 100_000;
const maxDepth = 32;

interface Tally {
  characters: number;
  /** Tokens known without counting characters. */
  tokens: number;
  values: number;
}

/**
 * About how many tokens a request body sends: messages, tools and schemas of a chat, input and instructions of
 * Responses, input of embeddings. What the provider keeps (`previous_response_id`, stored prompts) cannot be known and
 * is not counted. Never throws; 0 for a body without any of these.
 */
export function estimateInputTokens(body: unknown): number {
  const tally: Tally = { characters: 0, tokens: 0, values: 0 };
  try {
    countBody(tally, body);
  } catch {
    // A getter or a proxy in the body threw: what was counted before is still the best there is.
  }
  return tally.tokens + Math.ceil(tally.characters / charactersPerToken);
}

/**
 * About how many tokens an answer held: by its characters, or by its chunks where they say more. A chunk holds at
 * least one token, except for the first and the last, which open and close the answer (the few more that open a stream
 * of Responses are taken for tokens). Reasoning that was not shown cannot be known and is not counted.
 *
 * @param characters length of the visible text
 * @param chunks chunks read from the stream; 0 for an answer that was no stream
 */
export function estimateOutputTokens(characters: number, chunks: number): number {
  const byCharacters = Math.ceil(characters / charactersPerToken);
  const byChunks = Math.floor(chunks) - 2;
  const tokens = Math.max(byCharacters, byChunks, 0);
  return Number.isSafeInteger(tokens) ? tokens : 0;
}

type Json = Readonly<Record<string, unknown>>;

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Json) : undefined;
}

function countBody(tally: Tally, value: unknown): void {
  const body = asObject(value);
  if (!body) return;
  const { messages, input, instructions, tools, functions } = body;
  for (const items of [messages, input]) {
    if (items === undefined) continue;
    if (isTokens(items)) {
      tally.tokens += items.length;
      continue;
    }
    // Every message has its frame, and one more opens the reply.
    const isConversation =
      Array.isArray(items) && asObject(items[0]) !== undefined && !Array.isArray(items[0]);
    if (isConversation) tally.tokens += tokensPerMessage * (items.length + 1);
    countText(tally, items, 0);
  }
  countText(tally, instructions, 0);
  countSchema(tally, tools, 0);
  countSchema(tally, functions, 0);
  countSchema(tally, asObject(body['response_format'])?.['json_schema'], 0);
  countSchema(tally, asObject(asObject(body['text'])?.['format'])?.['schema'], 0);
}

/** Embeddings take text that is tokens already. */
function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

/** Counts the strings inside messages and their parts. */
function countText(tally: Tally, value: unknown, depth: number): void {
  tally.values += 1;
  if (typeof value === 'string') tally.characters += value.length;
  const object = asObject(value);
  if (!object || depth > maxDepth) return;
  if (isTokens(value)) {
    tally.tokens += value.length;
    return;
  }
  const type = object['type'];
  if (typeof type === 'string' && attachments.includes(type)) {
    const detail = object['detail'] ?? asObject(object['image_url'])?.['detail'];
    tally.tokens += detail === 'low' ? tokensPerLowDetailImage : tokensPerAttachment;
    return;
  }
  for (const key in object) {
    if (tally.values > maxValues) return;
    if (!unread.includes(key)) countText(tally, object[key], depth + 1);
  }
}

/** Counts tools and schemas, whose keys and values the model reads too. */
function countSchema(tally: Tally, value: unknown, depth: number): void {
  tally.values += 1;
  if (typeof value === 'string') tally.characters += value.length;
  else if (typeof value === 'number' || typeof value === 'boolean') tally.characters += charactersPerToken;
  const object = asObject(value);
  if (!object || depth > maxDepth) return;
  const isArray = Array.isArray(value);
  for (const key in object) {
    if (tally.values > maxValues) return;
    if (!isArray) tally.characters += key.length;
    countSchema(tally, object[key], depth + 1);
  }
}
