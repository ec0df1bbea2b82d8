import { refuse } from '../error-bodies.ts';
import { hexadecimal, sequence } from '../seeded.ts';
import type { Count } from '../usage.ts';
import type { ToolCall } from './part.ts';
import { RequestRefused } from './request-refused.ts';
import { piecesSaid, textSaid, wordsSaid } from './said.ts';
import { merged } from './schema/merge.ts';
import { schemaOf, UnmakeableSchema } from './schema/schema.ts';
import { makeText } from './schema/text.ts';
import { valueFor } from './schema/value.ts';
import type { CallableTool, ToolUse } from './tool-use.ts';

/** The most calls that are made at once. */
const MOST_CALLS = 3;
const CUSTOM_INPUT_WORDS = 8;

/** What the calls depend on. */
export interface CallsAsked {
  readonly seed: number;
  readonly about: string;
  readonly count: Count;
}

/** One call, or where they may be parallel and none is named up to three, as a function of the seed and of `about`. */
export function toolCalls(use: ToolUse, asked: CallsAsked): readonly ToolCall[] {
  const draw = sequence(asked.seed, `calls ${asked.about}`);
  const calls = use.isParallel && !use.isNamed ? 1 + Math.floor(draw() * MOST_CALLS) : 1;
  return Array.from({ length: calls }, (_, index) => {
    const tool = use.tools[Math.floor(draw() * use.tools.length)] as CallableTool;
    return toolCall(tool, { ...asked, about: `${asked.about} ${index}` });
  });
}

function toolCall(tool: CallableTool, { seed, about, count }: CallsAsked): ToolCall {
  const { type, name } = tool;
  return {
    kind: 'call',
    type,
    name,
    id: toolCallId(seed, about),
    said:
      tool.type === 'function' ? argumentsOf(tool, seed, about, count) : inputOf(tool, seed, about, count),
    nameTokens: count(name),
  };
}

export function toolCallId(seed: number, about: string): string {
  return `call_${hexadecimal(seed, `call ${about}`, 24)}`;
}

function argumentsOf(tool: CallableTool, seed: number, about: string, count: Count) {
  return made(tool, () => {
    const schema = merged({ type: 'object' }, schemaOf(tool.parameters));
    return callText(JSON.stringify(valueFor(schema, sequence(seed, `arguments ${about}`))), count);
  });
}

function inputOf(tool: CallableTool, seed: number, about: string, count: Count) {
  const { grammar } = tool;
  if (!grammar) return wordsSaid(seed, `input ${about}`, CUSTOM_INPUT_WORDS);
  return made(tool, () => {
    if (grammar.syntax !== 'regex')
      throw new UnmakeableSchema(`the mock does not read ${grammar.syntax} grammars`);
    const text = makeText({ pattern: `^(?:${grammar.definition})$` }, sequence(seed, `input ${about}`));
    return callText(text, count);
  });
}

/** The text of a call; a piece of nothing where it is empty, for with its first piece a call is told. */
export function callText(text: string, count: Count) {
  return text === '' ? piecesSaid([''], 0) : textSaid(text, count(text));
}

function made<T>({ type, name, param }: CallableTool, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UnmakeableSchema)) throw error;
    const what = type === 'function' ? 'schema for function' : 'grammar for custom tool';
    const message = `Invalid ${what} '${name}': this mock provider cannot make a call of it: ${error.message}.`;
    throw new RequestRefused(refuse(400, message, param, 'invalid_function_parameters'));
  }
}
