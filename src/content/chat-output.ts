import { asArray, asObject, asText, type JsonObject } from '../json.ts';
import { spokenParts } from './chat-input.ts';
import type { Message } from './parts.ts';

/** The choices of a whole chat completion, one message each. */
export function chatOutput(value: JsonObject): Message[] {
  return asArray(value['choices']).flatMap((entry) => {
    const choice = asObject(entry);
    const said = asObject(choice?.['message']);
    if (!said) return [];
    const role = asText(said['role']) ?? 'assistant';
    return [{ role, parts: spokenParts(said), finish_reason: finishReason(choice?.['finish_reason']) }];
  });
}

/** The word of the conventions for the provider's. An answer that was cut off before it gave one ended in an error. */
export function finishReason(reason: unknown): string {
  if (reason === 'tool_calls' || reason === 'function_call') return 'tool_call';
  return asText(reason) ?? 'error';
}
