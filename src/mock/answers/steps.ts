import type { Choice, Completion } from '../completion.ts';
import { tokensSaid } from './said.ts';

/** A piece of an answer, by where it stands in it. */
export interface Step {
  readonly choice: number;
  readonly part: number;
  readonly piece: number;
}

/** The order in which a stream sends the pieces of an answer: choices in turn, each with its parts one after the other. */
export interface Steps {
  readonly length: number;
  at(index: number): Step;
  /** Whether each is one token of one text, which needs no counting. */
  readonly isPlain: boolean;
  /** What has been put out with the first so many steps, reasoning included. */
  outputTokensAfter(steps: number): number;
  /** How many tool calls have begun with the first so many steps. */
  callsBegunAfter(steps: number): number;
}

export function stepsOf({ choices, usage }: Completion): Steps {
  const [first] = choices;
  const [only] = first.parts;
  if (choices.length === 1 && first.parts.length === 1 && only && only.kind !== 'call') {
    const { said } = only;
    return {
      length: said.pieces,
      at: (piece) => ({ choice: 0, part: 0, piece }),
      isPlain: said.pieces === said.tokens,
      outputTokensAfter: (steps) => usage.reasoningTokens + tokensSaid(said, steps),
      callsBegunAfter: () => 0,
    };
  }
  const steps = inTurn(choices.map(stepsOfChoice));
  const tokens = [usage.reasoningTokens];
  const calls = [0];
  for (const [index, step] of steps.entries()) {
    tokens.push((tokens[index] ?? 0) + tokensOfStep(choices, step));
    calls.push((calls[index] ?? 0) + (beginsCall(choices, step) ? 1 : 0));
  }
  return {
    length: steps.length,
    at: (index) => steps[index] as Step,
    isPlain: false,
    outputTokensAfter: (sent) => tokens[sent] ?? usage.reasoningTokens,
    callsBegunAfter: (sent) => calls[sent] ?? 0,
  };
}

function beginsCall(choices: readonly Choice[], { choice, part, piece }: Step): boolean {
  return piece === 0 && choices[choice]?.parts[part]?.kind === 'call';
}

function stepsOfChoice({ parts }: Choice, choice: number): readonly Step[] {
  return parts.flatMap(({ said }, part) =>
    Array.from({ length: said.pieces }, (_, piece) => ({ choice, part, piece })),
  );
}

function inTurn(lists: readonly (readonly Step[])[]): readonly Step[] {
  const rounds = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => lists.flatMap((list) => list[round] ?? [])).flat();
}

function tokensOfStep(choices: readonly Choice[], { choice, part, piece }: Step): number {
  const of = choices[choice]?.parts[part];
  if (!of) return 0;
  const name = of.kind === 'call' && piece === 0 ? of.nameTokens : 0;
  return name + tokensSaid(of.said, piece + 1) - tokensSaid(of.said, piece);
}
