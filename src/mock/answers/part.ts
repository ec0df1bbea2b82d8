import type { Said } from './said.ts';

/** A call of one of the request's tools: a function with its arguments in JSON, or a custom tool with its input. */
export interface ToolCall {
  readonly kind: 'call';
  readonly type: 'function' | 'custom';
  readonly name: string;
  /** By which the tool's result is told to belong to it. */
  readonly id: string;
  /** Never without a piece. */
  readonly said: Said;
  /** What its name costs. */
  readonly nameTokens: number;
}

export interface Spoken {
  readonly kind: 'text' | 'refusal';
  readonly said: Said;
}

/** One thing of those that an answer consists of. */
export type Part = Spoken | ToolCall;

export function tokensOfPart(part: Part): number {
  return part.said.tokens + (part.kind === 'call' ? part.nameTokens : 0);
}

/** What is to be seen of an answer, in tokens. */
export function visibleTokens(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + tokensOfPart(part), 0);
}
