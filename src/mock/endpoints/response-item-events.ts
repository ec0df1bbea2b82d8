import type { Part } from '../answers/part.ts';
import {
  contentPart,
  type DraftItem,
  type ItemStatus,
  itemJson,
  logprobsOf,
  type ReasoningDraft,
  reasoningJson,
} from './response-output.ts';

/** An event without its `sequence_number`, which is its place in the stream. */
export type EventFields = Readonly<Record<string, unknown>> & { readonly type: string };

/** Reasoning is over before anything is said, so all its events come at once. */
export function reasoningEvents(reasoning: ReasoningDraft): EventFields[] {
  const place = { output_index: 0 };
  const events: EventFields[] = [
    { type: 'response.output_item.added', ...place, item: reasoningJson(reasoning, false) },
  ];
  for (const [summary_index, said] of reasoning.summary.entries()) {
    const within = { item_id: reasoning.id, ...place, summary_index };
    const text = said.text();
    const part = { type: 'summary_text', text };
    events.push({
      type: 'response.reasoning_summary_part.added',
      ...within,
      part: { type: 'summary_text', text: '' },
    });
    for (let piece = 0; piece < said.pieces; piece++) {
      const delta = said.piece(piece);
      events.push({ type: 'response.reasoning_summary_text.delta', ...within, delta });
    }
    events.push({ type: 'response.reasoning_summary_text.done', ...within, text });
    events.push({ type: 'response.reasoning_summary_part.done', ...within, part });
  }
  events.push({ type: 'response.output_item.done', ...place, item: reasoningJson(reasoning, true) });
  return events;
}

/** What comes before the first piece of an item. */
export function itemBegins(item: DraftItem, output_index: number): EventFields[] {
  const added = { type: 'response.output_item.added', output_index, item: itemJson(item, 'in_progress') };
  if (item.part.kind === 'call') return [added];
  const place = { item_id: item.id, output_index, content_index: 0 };
  return [added, { type: 'response.content_part.added', ...place, part: contentPart(item, '') }];
}

/** What comes after the last piece of an item. */
export function itemEnds(item: DraftItem, output_index: number, status: ItemStatus): EventFields[] {
  const { id, part } = item;
  const text = part.said.text();
  const done = { type: 'response.output_item.done', output_index, item: itemJson(item, status) };
  const place = { item_id: id, output_index };
  if (part.kind === 'call') {
    const whole = part.type === 'function' ? { arguments: text, name: part.name } : { input: text };
    return [{ type: `${eventOf(part)}.done`, ...place, ...whole }, done];
  }
  const within = { ...place, content_index: 0 };
  const whole =
    part.kind === 'text' ? { text, logprobs: logprobsOf(part.said, item.logprobs) } : { refusal: text };
  return [
    { type: `${eventOf(part)}.done`, ...within, ...whole },
    { type: 'response.content_part.done', ...within, part: contentPart(item, text) },
    done,
  ];
}

/** All but the piece itself, which is the same for every piece of an item. */
export function pieceFields({ id, part }: DraftItem, output_index: number): EventFields {
  const place = { type: `${eventOf(part)}.delta`, item_id: id, output_index };
  return part.kind === 'call' ? place : { ...place, content_index: 0 };
}

/** What the events of an item's pieces are called. */
function eventOf(part: Part): string {
  if (part.kind !== 'call') return part.kind === 'text' ? 'response.output_text' : 'response.refusal';
  return part.type === 'function' ? 'response.function_call_arguments' : 'response.custom_tool_call_input';
}
