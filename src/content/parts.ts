import { asArray, asObject, asText, copyJson, type JsonObject, present } from '../json.ts';
import type { CutText, Media } from './leaf.ts';

/*
 * Messages and parts as the GenAI conventions write them (the JSON schemas of the 1.41 texts): a role, and parts of
 * which each says its type.
 */

export type Part = JsonObject | Media;

export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
  readonly name?: string;
  /** Of an output message. */
  readonly finish_reason?: string;
}

export function message(role: string, parts: readonly Part[], name?: unknown): Message {
  const known = asText(name);
  return { role, parts, ...(known !== undefined && { name: known }) };
}

export function textPart(content: string | CutText): Part {
  return { type: 'text', content };
}

export function refusalPart(content: string | CutText): Part {
  return { type: 'refusal', content };
}

export function reasoningPart(content: string | CutText): Part {
  return { type: 'reasoning', content };
}

/** `id` links the call to its response. Arguments that are JSON are shown as what they mean. */
export function toolCallPart(id: unknown, name: unknown, args: unknown): Part {
  return {
    type: 'tool_call',
    ...present({ id: asText(id) }),
    name: asText(name) ?? '',
    ...present({ arguments: typeof args === 'string' ? meaningOf(args) : args }),
  };
}

export function toolResponsePart(id: unknown, response: unknown): Part {
  return { type: 'tool_call_response', ...present({ id: asText(id) }), response: response ?? null };
}

/** Types whose form the conventions lay down. */
const formed: readonly string[] = [
  'text',
  'reasoning',
  'tool_call',
  'tool_call_response',
  'server_tool_call',
  'server_tool_call_response',
  'blob',
  'file',
  'uri',
];

/** A part or item of a type that has no form of its own in the conventions. */
export function genericPart(value: JsonObject): Part {
  const copy = copyJson(value) as JsonObject;
  const type = asText(copy['type']) ?? 'unknown';
  return { ...copy, type: formed.includes(type) ? `unknown_${type}` : type };
}

/** What a text says that is a JSON object or list; any other text as it is. */
export function meaningOf(args: string): unknown {
  if (!/^\s{0,100}[{[]/.test(args)) return args;
  try {
    return JSON.parse(args) as unknown;
  } catch {
    return args;
  }
}

/** The parts of a message whose content is a text or a list of parts. */
export function contentParts(content: unknown, partOf: (part: JsonObject) => Part): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  return asArray(content).flatMap((entry) => {
    const part = asObject(entry);
    if (part) return [partOf(part)];
    return typeof entry === 'string' ? [textPart(entry)] : [];
  });
}
