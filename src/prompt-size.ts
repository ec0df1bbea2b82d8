/**
 * How large a prompt is, without a tokenizer: its characters, and the tokens that are known without counting them. For
 * whoever needs a number before the provider says one.
 */

/**
 * OpenAI's own rule, "1 token ~= 4 chars in English" ("What are tokens and how to count them?",
 * https://help.openai.com/en/articles/4936856). Other languages need more tokens than it says, Chinese and Japanese
 * up to four times as many. A tokenizer would be closer, but weighs megabytes and takes milliseconds a call.
 */
export const charactersPerToken = 4;

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

export interface PromptSize {
  /** Of all text; a number or a boolean in a schema counts as one token. */
  readonly characters: number;
  /** Known without counting characters: frames of messages, pictures, text that is tokens already. */
  readonly tokens: number;
}

interface Tally {
  characters: number;
  tokens: number;
  values: number;
  readonly onText: ((text: string) => void) | undefined;
}

/**
 * The size of what a request body sends: messages, tools and schemas of a chat, input and instructions of Responses,
 * the prompt of completions, the input of embeddings and moderations. What the provider keeps (`previous_response_id`,
 * stored prompts) cannot be known and is not counted. Never throws; 0 for a body without any of these.
 *
 * @param onText is given each text that is counted. What it throws ends the count there
 */
export function measurePrompt(body: unknown, onText?: (text: string) => void): PromptSize {
  const tally: Tally = { characters: 0, tokens: 0, values: 0, onText };
  try {
    countBody(tally, body);
  } catch {
    // A getter or a proxy in the body threw: what was counted before is still the best there is.
  }
  return { characters: tally.characters, tokens: tally.tokens };
}

type Json = Readonly<Record<string, unknown>>;

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Json) : undefined;
}

function countBody(tally: Tally, value: unknown): void {
  const body = asObject(value);
  if (!body) return;
  const { messages, input, prompt, instructions, tools, functions } = body;
  // The prompt of Responses is an object that names a stored one.
  const text = Array.isArray(prompt) || typeof prompt === 'string' ? prompt : undefined;
  for (const items of [messages, input, text]) {
    if (items === undefined) continue;
    if (isTokens(items)) {
      tally.tokens += items.length;
      continue;
    }
    if (isConversation(items)) tally.tokens += tokensPerMessage * (items.length + 1);
    countText(tally, items, 0);
  }
  countText(tally, instructions, 0);
  countSchema(tally, tools, 0);
  countSchema(tally, functions, 0);
  countSchema(tally, asObject(body['response_format'])?.['json_schema'], 0);
  countSchema(tally, asObject(asObject(body['text'])?.['format'])?.['schema'], 0);
}

/** Every message has its frame, and one more opens the reply. What is moderated is a list of parts, not of messages. */
function isConversation(items: unknown): items is readonly unknown[] {
  if (!Array.isArray(items) || Array.isArray(items[0])) return false;
  const first = asObject(items[0]);
  return first !== undefined && first['type'] !== 'text' && first['type'] !== 'image_url';
}

/** Completions and embeddings take text that is tokens already. */
function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

function addText(tally: Tally, text: string): void {
  tally.characters += text.length;
  tally.onText?.(text);
}

/** Counts the strings inside messages and their parts. */
function countText(tally: Tally, value: unknown, depth: number): void {
  tally.values += 1;
  if (typeof value === 'string') addText(tally, value);
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
  if (typeof value === 'string') addText(tally, value);
  else if (typeof value === 'number' || typeof value === 'boolean') {
    tally.characters += charactersPerToken;
    tally.onText?.(String(value));
  }
  const object = asObject(value);
  if (!object || depth > maxDepth) return;
  const isArray = Array.isArray(value);
  for (const key in object) {
    if (tally.values > maxValues) return;
    if (!isArray) addText(tally, key);
    countSchema(tally, object[key], depth + 1);
  }
}
