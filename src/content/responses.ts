import { asArray, asObject, asText, type JsonObject } from '../json.ts';
import { Media } from './leaf.ts';
import { type Message, message, type Part, textPart } from './parts.ts';
import { promptPart, saidBy } from './responses-items.ts';

/** The input of a Responses request, one message an item. */
export function responsesInput(body: JsonObject): Message[] {
  const { input } = body;
  if (typeof input === 'string') return [message('user', [textPart(input)])];
  return asArray(input).flatMap((entry) => {
    const item = asObject(entry);
    if (!item) return [];
    const { role, parts, name } = saidBy(item);
    return [message(role, parts, name)];
  });
}

/** The instructions of a Responses request, which stand beside its input. */
export function responsesInstructions(body: JsonObject): Part[] {
  const { instructions } = body;
  const prompt = asObject(body['prompt']);
  const parts: Part[] = prompt ? [promptPart(prompt)] : [];
  if (typeof instructions === 'string' && instructions !== '') parts.push(textPart(instructions));
  for (const entry of asArray(instructions)) {
    const item = asObject(entry);
    if (item) parts.push(...saidBy(item).parts);
  }
  return parts;
}

/** A whole Response: one generation, so one message, whatever it is made of. */
export function responsesOutput(value: JsonObject): Message[] {
  const parts = asArray(value['output']).flatMap((entry) => {
    const item = asObject(entry);
    return item ? saidBy(item).parts : [];
  });
  return parts.length === 0 ? [] : [outputMessage(parts, finishOf(value))];
}

export function outputMessage(parts: readonly Part[], finish: string | undefined): Message {
  const calls = parts.some((part) => !(part instanceof Media) && part['type'] === 'tool_call');
  return {
    role: 'assistant',
    parts,
    finish_reason: finish === 'stop' && calls ? 'tool_call' : (finish ?? 'error'),
  };
}

/** How a Response ended, in the words of the conventions; for one that has not ended, its status. */
function finishOf(value: JsonObject): string | undefined {
  const status = asText(value['status']);
  switch (status) {
    case 'completed':
      return 'stop';
    case 'incomplete': {
      const reason = asText(asObject(value['incomplete_details'])?.['reason']);
      return reason === 'max_output_tokens' ? 'length' : (reason ?? 'length');
    }
    case 'failed':
    case 'cancelled':
      return 'error';
    default:
      return status;
  }
}
