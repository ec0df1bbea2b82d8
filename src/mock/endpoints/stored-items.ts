import type { Body } from '../answer.ts';
import { lookUp, recordOf } from '../fields.ts';
import { hexadecimal } from '../seeded.ts';
import type { Item } from './item-page.ts';

/** The input of a request as a list: a text is one message of the user. */
export function inputList(input: unknown): readonly unknown[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  return Array.isArray(input) ? input : [];
}

/** Items as they are given back: with an id, and contents as lists of parts. `owner` makes the ids its own. */
export function itemsOf(list: readonly unknown[], seed: number, owner: string): Item[] {
  return list.map((value, index) => {
    const given = recordOf(value) ?? {};
    const type = given['type'] ?? 'message';
    const id =
      typeof given['id'] === 'string'
        ? given['id']
        : `${lookUp(prefixes, type) ?? 'item'}_${hexadecimal(seed, `item ${index} ${owner}`, 32)}`;
    if (type !== 'message') return { ...given, ...(hasStatus(type) ? { status: 'completed' } : {}), id };
    const role = given['role'];
    return {
      ...given,
      id,
      type,
      status: given['status'] ?? 'completed',
      role,
      content: partsOf(given, role),
    };
  });
}

const prefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'cto',
  compaction: 'cmp',
};

function hasStatus(type: unknown): boolean {
  return type === 'function_call' || type === 'function_call_output';
}

function partsOf({ content }: Body, role: unknown): unknown {
  if (typeof content !== 'string') return content ?? [];
  return role === 'assistant'
    ? [{ type: 'output_text', annotations: [], logprobs: [], text: content }]
    : [{ type: 'input_text', text: content }];
}

/** What a later request sees of these items: the provider forgets how it reasoned. */
export function contextItems(items: readonly Item[]): Item[] {
  return items.filter(({ type }) => type !== 'reasoning');
}

/** About how much memory items hold. */
export function bytesOf(items: readonly Item[]): number {
  return JSON.stringify(items).length;
}
