import { hash32 } from './seeded.ts';

/** Plain ASCII without quotes or backslashes, so a word needs no escaping in JSON. */
const words = (
  'the river keeps its own count of every stone and each small wave that passes under an old bridge while people ' +
  'on both banks talk about weather bread trains and what the evening news will say of distant storms that nobody ' +
  'here has ever seen but all can hear when wind turns north again before first light comes over hill'
).split(' ');

/** The visible answer of a call, one word a token, as a function of the seed and the call id. */
export interface Wording {
  token(index: number): string;
  text(tokens: number): string;
}

export function wordingOf(seed: number, callId: string): Wording {
  const first = hash32(seed, `words ${callId}`) % words.length;
  const token = (index: number) => `${words[(first + index) % words.length]} `;
  return {
    token,
    text: (tokens) => Array.from({ length: tokens }, (_, index) => token(index)).join(''),
  };
}
