import type { Body, StreamAnswer, WholeAnswer } from '../answer.ts';
import { finishReasonOf, usageOf, wholeBody } from '../answers/body-answer.ts';
import type { ScriptedBody } from '../answers/script.ts';
import { recordOf } from '../fields.ts';
import { errorEvent, numbered } from './response-events.ts';
import type { EventFields } from './response-item-events.ts';

/** A body as it stands: whole, or as events with each item of its output in one piece. */
export function responseBodyAnswer(script: ScriptedBody, streamed: boolean): WholeAnswer | StreamAnswer {
  const { body, status = 200 } = script;
  if (!streamed || status >= 400) return wholeBody(script);
  const { output } = body;
  if (!Array.isArray(output))
    throw new Error('a body that is streamed must have `output`, as a response has');
  const { usage: _, ...fields } = body;
  const started = { ...fields, status: 'in_progress', output: [] };
  const opening: EventFields[] = [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
  ];
  const pieces = output.flatMap((item: unknown, index) => itemEvents(recordOf(item) ?? {}, index));
  const known = usageOf(body);
  const ended = { type: `response.${String(body['status'] ?? 'completed')}`, response: body };
  return {
    kind: 'stream',
    opening: numbered(opening, 0),
    tokens: pieces.length,
    tokenEvent: (index) => numbered(pieces.slice(index, index + 1), opening.length + index).text,
    outputTokensAfter: (sent) => (sent < pieces.length ? 0 : known.outputTokens),
    errorEvent: (index) => errorEvent(opening.length + index),
    closing: numbered([ended], opening.length + pieces.length),
    usage: known,
    tellsUsage: body['usage'] !== undefined,
    finishReason: finishReasonOf(body),
  };
}

/** The events of an item, its text or arguments as one delta. */
function itemEvents(item: Body, output_index: number): EventFields[] {
  const place = { item_id: item['id'], output_index };
  const shell = { ...item, ...emptied(item) };
  return [
    { type: 'response.output_item.added', output_index, item: shell },
    ...(item['type'] === 'message' ? contentEvents(item, place) : []),
    ...(item['type'] === 'function_call'
      ? textEvents('function_call_arguments', place, 'arguments', item)
      : []),
    ...(item['type'] === 'custom_tool_call'
      ? textEvents('custom_tool_call_input', place, 'input', item)
      : []),
    { type: 'response.output_item.done', output_index, item },
  ];
}

function emptied({ type }: Body): Body {
  if (type === 'message') return { status: 'in_progress', content: [] };
  if (type === 'function_call') return { status: 'in_progress', arguments: '' };
  return type === 'custom_tool_call' ? { input: '' } : {};
}

function contentEvents(item: Body, place: Body): EventFields[] {
  const content = Array.isArray(item['content']) ? item['content'] : [];
  return content.flatMap((given: unknown, content_index): EventFields[] => {
    const part = recordOf(given) ?? {};
    const within = { ...place, content_index };
    const [event, key] = part['type'] === 'refusal' ? ['refusal', 'refusal'] : ['output_text', 'text'];
    return [
      { type: 'response.content_part.added', ...within, part: { ...part, [key as string]: '' } },
      ...textEvents(event as string, within, key as string, part),
      { type: 'response.content_part.done', ...within, part },
    ];
  });
}

function textEvents(event: string, place: Body, key: string, of: Body): EventFields[] {
  const logprobs = event === 'output_text' ? { logprobs: of['logprobs'] ?? [] } : {};
  const name = event === 'function_call_arguments' ? { name: of['name'] } : {};
  return [
    { type: `response.${event}.delta`, ...place, delta: of[key], ...logprobs },
    { type: `response.${event}.done`, ...place, [key]: of[key], ...logprobs, ...name },
  ];
}
