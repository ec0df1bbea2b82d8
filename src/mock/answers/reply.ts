import { uniform } from '../seeded.ts';
import type { Count } from '../usage.ts';
import { type Conversation, endsInToolResults, lastUserText } from './conversation.ts';
import { type JsonFormat, jsonFor } from './format.ts';
import type { Part } from './part.ts';
import { piecesSaid, textSaid } from './said.ts';
import { toolCalls } from './tool-calls.ts';
import type { ToolUse } from './tool-use.ts';

/** A user's message that holds this is refused. */
export const REFUSAL_TRIGGER = '[refuse]';

const refusal = piecesSaid(["I'm", ' sorry', ',', ' but', ' I', " can't", ' help', ' with', ' that', '.']);

/** What an answer may have to be, besides words. */
export interface Wanted {
  readonly seed: number;
  readonly conversation: Conversation;
  readonly tools: ToolUse | undefined;
  readonly format: JsonFormat | undefined;
  /** How often tools are called that need not be, from 0 to 1. */
  readonly toolCallRate: number;
  readonly count: Count;
}

/**
 * What an answer consists of where it is not words: a refusal, calls of tools, or JSON. Undefined where it is words.
 * Throws a `RequestRefused` where a schema has no values.
 */
export function replyTo(wanted: Wanted, about: string): readonly Part[] | undefined {
  const { seed, conversation, tools, format, count } = wanted;
  if (lastUserText(conversation).includes(REFUSAL_TRIGGER)) return [{ kind: 'refusal', said: refusal }];
  if (tools && callsTools(wanted, tools, about)) return toolCalls(tools, { seed, about, count });
  if (!format) return undefined;
  const json = jsonFor(format, seed, about);
  return [{ kind: 'text', said: textSaid(json, count(json)) }];
}

function callsTools({ seed, conversation, toolCallRate }: Wanted, { mode }: ToolUse, about: string): boolean {
  if (mode === 'required') return true;
  return !endsInToolResults(conversation) && uniform(seed, `tools ${about}`) < toolCallRate;
}
