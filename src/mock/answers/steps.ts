import type { Choice, Completion } from '../completion.ts';
import type { Part } from './part.ts';
import { tokensOfPiece } from './said.ts';

/** A place in an answer at which a stream sends an event: where a call begins, or a piece. */
export interface Step {
  readonly choice: number;
  readonly part: number;
  /** Undefined where the part begins. */
  readonly piece: number | undefined;
  readonly tokens: number;
}

/** The order in which a stream sends an answer: choices in turn, each with its parts one after the other. */
export interface Steps {
  readonly length: number;
  at(index: number): Step;
  /** What has been put out with the first so many steps, reasoning included; absent where each is one token. */
  readonly outputTokensAfter?: (steps: number) => number;
}

export function stepsOf({ choices, usage }: Completion): Steps {
  const [first] = choices;
  const [only] = first.parts;
  if (choices.length === 1 && first.parts.length === 1 && only && isPlain(only)) {
    return { length: only.said.pieces, at: (piece) => ({ choice: 0, part: 0, piece, tokens: 1 }) };
  }
  const steps = inTurn(choices.map(stepsOfChoice));
  return {
    length: steps.length,
    at: (index) => steps[index] as Step,
    outputTokensAfter: tokensAfter(usage.reasoningTokens, steps),
  };
}

function isPlain({ kind, said }: Part): boolean {
  return kind !== 'call' && said.pieces === said.tokens;
}

/** The sum of what was put out before and with the first so many of `steps`. */
export function tokensAfter(
  before: number,
  steps: readonly { readonly tokens: number }[],
): (sent: number) => number {
  const sums = [before];
  for (const [index, { tokens }] of steps.entries()) sums.push((sums[index] ?? 0) + tokens);
  return (sent) => sums[sent] ?? before;
}

function stepsOfChoice({ parts }: Choice, choice: number): readonly Step[] {
  return parts.flatMap((of, part) => {
    const pieces = Array.from({ length: of.said.pieces }, (_, piece) => ({
      ...{ choice, part, piece },
      tokens: tokensOfPiece(of.said, piece),
    }));
    return of.kind === 'call'
      ? [{ choice, part, piece: undefined, tokens: of.nameTokens }, ...pieces]
      : pieces;
  });
}

function inTurn(lists: readonly (readonly Step[])[]): readonly Step[] {
  const rounds = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => lists.flatMap((list) => list[round] ?? [])).flat();
}
