import { charactersPerToken, measurePrompt } from '../prompt-size.ts';

/** Token estimates, for where the provider sends no usage: they are marked `estimated` wherever they appear. */

/**
 * About how many tokens a request body sends. What the provider keeps (`previous_response_id`, stored prompts) cannot
 * be known and is not counted. Never throws; 0 for a body without a prompt.
 */
export function estimateInputTokens(body: unknown): number {
  const { characters, tokens } = measurePrompt(body);
  return tokens + Math.ceil(characters / charactersPerToken);
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
