/**
 * What a request costs, by a rule that anyone can repeat: a token is four characters of text, rounded up over the
 * whole request, and a chat or a response adds 4 for each message and 3 for the answer's start. A part that is not
 * text (an image, a tool call) counts as the characters of its JSON. Where the mock is given a tokenizer, that counts each
 * text instead, and the rest stays the same.
 */

/**
 * Counts the tokens of a text as the model does. Must give a whole number of at least 0, the same for the same text.
 *
 * @example
 * ```ts
 * import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
 * const mock = await startMock({ countTokens: (text) => countTokens(text) });
 * ```
 */
export type CountTokens = (text: string, model: string) => number;

/** The tokens of one text. */
export type Count = (text: string) => number;

const TOKENS_PER_MESSAGE = 4;
const TOKENS_TO_BEGIN = 3;

export function tokensOfText(characters: number): number {
  return Math.ceil(characters / 4);
}

/** By the mock's tokenizer, or by the rule. */
export function counterFor(countTokens: CountTokens | undefined, model: string): Count {
  if (!countTokens) return (text) => tokensOfText(text.length);
  return (text) => {
    const tokens = countTokens(text, model);
    if (Number.isInteger(tokens) && tokens >= 0) return tokens;
    throw new Error(`\`countTokens\` must give a whole number of at least 0, and gave ${String(tokens)}`);
  };
}

/** Chat: messages and tools. */
export function tokensOfMessages(messages: readonly unknown[], tools: unknown, count?: Count): number {
  const overhead = TOKENS_PER_MESSAGE * messages.length + TOKENS_TO_BEGIN;
  if (count) {
    const texts = [tools, ...messages].flatMap(textsOf);
    return texts.reduce((sum, text) => sum + count(text), overhead);
  }
  const characters = messages.reduce<number>(
    (sum, message) => sum + charactersOf(message),
    charactersOf(tools),
  );
  return tokensOfText(characters) + overhead;
}

/** Responses: the input is one text or a list of items. */
export function tokensOfInput(input: unknown, instructions: unknown, tools: unknown, count?: Count): number {
  return tokensOfMessages(itemsOf(input, instructions), tools, count);
}

/** Input and instructions as one list of messages. */
export function itemsOf(input: unknown, instructions: unknown): readonly unknown[] {
  const items: unknown[] = Array.isArray(input) ? input : input === undefined ? [] : [input];
  return instructions === undefined ? items : [{ role: 'system', content: instructions }, ...items];
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

/** The texts whose characters `charactersOf` counts. */
export function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'object') {
    if ('content' in value) {
      return [...textsOf(value.content), ...textsOf('tool_calls' in value ? value.tool_calls : undefined)];
    }
    if ('text' in value && typeof value.text === 'string') return [value.text];
  }
  return [JSON.stringify(value)];
}
