import { uniform } from '../seeded.ts';
import { words } from '../words.ts';

interface Likelihood {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
}

/** How likely a piece was, with the tokens that were most likely in its place, itself first. */
export interface TokenLogprob extends Likelihood {
  readonly top_logprobs: readonly Likelihood[];
}

/** What decides the likelihoods of an answer. */
export interface LogprobsAsked {
  readonly seed: number;
  readonly about: string;
  /** How many alternatives are told, from 0 to 20. */
  readonly top: number;
}

/** As a function of seed, call and place: from a half to almost certain, and each alternative takes a half of what is left. */
export function logprobOf(piece: string, index: number, { seed, about, top }: LogprobsAsked): TokenLogprob {
  const share = 0.5 + 0.49 * uniform(seed, `logprob ${about} ${index}`);
  const others = words.filter((word, at) => ` ${word}` !== piece && words.indexOf(word) === at);
  const alternatives = Array.from({ length: Math.max(0, top - 1) }, (_, rank) =>
    likelihood(` ${others[(index + rank) % others.length]}`, (1 - share) / 2 ** (rank + 1)),
  );
  const own = likelihood(piece, share);
  return { ...own, top_logprobs: top === 0 ? [] : [own, ...alternatives] };
}

function likelihood(token: string, share: number): Likelihood {
  return { token, logprob: Number(Math.log(share).toFixed(6)), bytes: [...Buffer.from(token)] };
}
