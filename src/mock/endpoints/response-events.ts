import type { Events, StreamAnswer } from '../answer.ts';
import { serverErrorBody } from '../error-bodies.ts';
import {
  finishedResponse,
  messageItem,
  type ResponseDraft,
  reasoningItem,
  startedResponse,
  textPart,
} from './response-draft.ts';

/** An event without its `sequence_number`, which is its place in the stream. */
type EventFields = Readonly<Record<string, unknown>> & { readonly type: string };

/** The same answer as typed events, in OpenAI's documented order. */
export function streamResponse(draft: ResponseDraft): StreamAnswer {
  const { completion, messageId } = draft;
  const opening = openingEvents(draft);
  const tokens = completion.visibleTokens;
  const output_index = messageIndexOf(draft);
  // All but the token itself is the same in every delta, and the tokens are many.
  const delta = JSON.stringify({
    type: 'response.output_text.delta',
    item_id: messageId,
    output_index,
    content_index: 0,
    logprobs: [],
  }).slice(0, -1);
  return {
    kind: 'stream',
    opening: numbered(opening, 0),
    tokens,
    tokenEvent(index) {
      const token = completion.wording.token(index);
      const sequence = opening.length + index;
      return `event: response.output_text.delta\ndata: ${delta},"delta":"${token}","sequence_number":${sequence}}\n\n`;
    },
    errorEvent(index) {
      const sequence_number = opening.length + index;
      const { error } = JSON.parse(serverErrorBody(500)) as { error: { type: string; message: string } };
      const { type: code, message } = error;
      const fields = { type: 'error', code, message, param: null, sequence_number };
      return `event: error\ndata: ${JSON.stringify(fields)}\n\n`;
    },
    closing: numbered(closingEvents(draft), opening.length + tokens),
    usage: completion.usage,
    tellsUsage: true,
    finishReason: completion.finishReason,
  };
}

function openingEvents(draft: ResponseDraft): EventFields[] {
  const { completion, messageId } = draft;
  const response = startedResponse(draft);
  const events: EventFields[] = [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
  ];
  if (completion.usage.reasoningTokens > 0) {
    const item = reasoningItem(draft);
    events.push({ type: 'response.output_item.added', output_index: 0, item });
    events.push({ type: 'response.output_item.done', output_index: 0, item });
  }
  if (completion.visibleTokens > 0) {
    const output_index = messageIndexOf(draft);
    const item = { ...messageItem(draft), status: 'in_progress', content: [] };
    events.push({ type: 'response.output_item.added', output_index, item });
    const place = { item_id: messageId, output_index, content_index: 0 };
    events.push({ type: 'response.content_part.added', ...place, part: textPart('') });
  }
  return events;
}

function closingEvents(draft: ResponseDraft): EventFields[] {
  const { completion, messageId } = draft;
  const events: EventFields[] = [];
  if (completion.visibleTokens > 0) {
    const output_index = messageIndexOf(draft);
    const place = { item_id: messageId, output_index, content_index: 0 };
    const text = completion.wording.text(completion.visibleTokens);
    events.push({ type: 'response.output_text.done', ...place, text, logprobs: [] });
    events.push({ type: 'response.content_part.done', ...place, part: textPart(text) });
    events.push({ type: 'response.output_item.done', output_index, item: messageItem(draft) });
  }
  const response = finishedResponse(draft);
  events.push({ type: `response.${response.status}`, response });
  return events;
}

/** The message comes after the reasoning, if there is any. */
function messageIndexOf({ completion }: ResponseDraft): number {
  return completion.usage.reasoningTokens > 0 ? 1 : 0;
}

function numbered(events: readonly EventFields[], first: number): Events {
  const text = events
    .map((event, index) => {
      return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: first + index })}\n\n`;
    })
    .join('');
  return { text, count: events.length };
}
