import { hash32 } from './seeded.ts';

/**
 * Each is one token of OpenAI's tokenizer o200k, with a space before it and without, so a text of n of them has n tokens. Plain
 * ASCII without quotes or backslashes.
 */
export const words: readonly string[] = (
  'the river has its own count of every stone and each small wave that passes under an old bridge while people ' +
  'on both banks talk about weather bread cars and what the local news will say of large storms that few ' +
  'here have ever seen but all can hear when wind comes north again before first light comes over hill'
).split(' ');

/** Any number leads to a word. */
export function wordAt(index: number): string {
  return words[index % words.length] ?? '';
}

/** Where the answer of a call begins in the words, as a function of the seed and the call id. */
export function firstWord(seed: number, callId: string): number {
  return hash32(seed, `words ${callId}`) % words.length;
}
