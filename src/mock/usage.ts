/**
 * What a request costs, by a rule that anyone can repeat: a token is four characters of text, rounded up over the
 * whole request, and a chat or a response adds 4 for each message and 3 for the answer's start. A part that is not
 * text (an image, a tool call) counts as the characters of its JSON.
 */

const TOKENS_PER_MESSAGE = 4;
const TOKENS_TO_BEGIN = 3;

export function tokensOfText(characters: number): number {
  return Math.ceil(characters / 4);
}

/** Chat: messages and tools. */
export function tokensOfMessages(messages: readonly unknown[], tools: unknown): number {
  const characters = messages.reduce<number>(
    (sum, message) => sum + charactersOf(message),
    charactersOf(tools),
  );
  return tokensOfText(characters) + TOKENS_PER_MESSAGE * messages.length + TOKENS_TO_BEGIN;
}

/** Responses: the input is one text or a list of items. */
export function tokensOfInput(input: unknown, instructions: unknown, tools: unknown): number {
  const items: unknown[] = Array.isArray(input) ? input : [input];
  return tokensOfMessages(instructions === undefined ? items : [instructions, ...items], tools);
}

/** Of a text, a message, its parts, or anything else. */
export function charactersOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + charactersOf(part), 0);
  if (typeof value === 'object') {
    if ('content' in value) {
      return charactersOf(value.content) + charactersOf('tool_calls' in value ? value.tool_calls : undefined);
    }
    if ('text' in value && typeof value.text === 'string') return value.text.length;
  }
  return JSON.stringify(value).length;
}
