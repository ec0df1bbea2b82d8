import type { Events, StreamAnswer } from '../answer.ts';
import { logprobOf } from '../answers/logprobs.ts';
import { paddingFor } from '../answers/obfuscation.ts';
import { stepsOf } from '../answers/steps.ts';
import { serverErrorBody } from '../error-bodies.ts';
import { finalStatus, finishedResponse, type ResponseDraft, startedResponse } from './response-draft.ts';
import {
  type EventFields,
  itemBegins,
  itemEnds,
  pieceFields,
  reasoningEvents,
} from './response-item-events.ts';
import type { DraftItem } from './response-items.ts';

/** The same answer as typed events, in OpenAI's documented order. */
export function streamResponse(draft: ResponseDraft): StreamAnswer {
  const { completion, items } = draft;
  const steps = stepsOf(completion);
  const opening = [...openingEvents(draft), ...beginning(draft, 0)];
  // All but the piece itself is the same in every delta, and the pieces are many.
  const deltas = items.map((item, index) => deltaWriter(draft, item, outputIndex(draft, index)));
  const between = items.map((_, index) =>
    index === 0 ? [] : [...ending(draft, index - 1), ...beginning(draft, index)],
  );
  const betweenBefore = between.map((_, index) =>
    between.slice(0, index + 1).reduce((sum, events) => sum + events.length, 0),
  );

  function tokenEvent(index: number): string {
    const { part, piece } = steps.at(index);
    const after = opening.length + index + (betweenBefore[part] ?? 0);
    const around = between[part] ?? [];
    const before = piece === 0 ? numbered(around, after - around.length).text : '';
    return before + (deltas[part]?.(piece, index, after) ?? '');
  }

  function eventsAfter(sent: number): number {
    return sent === 0 ? 0 : sent + (betweenBefore[steps.at(sent - 1).part] ?? 0);
  }

  return {
    kind: 'stream',
    opening: numbered(opening, 0),
    tokens: steps.length,
    tokenEvent,
    ...(!steps.isPlain && { outputTokensAfter: steps.outputTokensAfter, eventsAfter }),
    errorEvent: (index) => errorEvent(opening.length + eventsAfter(index)),
    closing: numbered(closingEvents(draft), opening.length + eventsAfter(steps.length)),
    usage: completion.usage,
    tellsUsage: true,
    finishReason: completion.finishReason,
  };
}

function openingEvents(draft: ResponseDraft): EventFields[] {
  const response = startedResponse(draft);
  const reasoning = draft.reasoning ? reasoningEvents(draft.reasoning) : [];
  return [{ type: 'response.created', response }, { type: 'response.in_progress', response }, ...reasoning];
}

function closingEvents(draft: ResponseDraft): EventFields[] {
  const response = finishedResponse(draft);
  return [...ending(draft, draft.items.length - 1), { type: `response.${response.status}`, response }];
}

function beginning(draft: ResponseDraft, index: number): EventFields[] {
  const item = draft.items[index];
  return item ? itemBegins(item, outputIndex(draft, index)) : [];
}

function ending(draft: ResponseDraft, index: number): EventFields[] {
  const item = draft.items[index];
  return item ? itemEnds(item, outputIndex(draft, index), finalStatus(draft, index)) : [];
}

/** What is said comes after the reasoning, if there is any. */
function outputIndex({ reasoning }: ResponseDraft, index: number): number {
  return reasoning ? index + 1 : index;
}

/** Writes the event of a piece: of the item the piece's number, its place among all, and the event's number. */
function deltaWriter(draft: ResponseDraft, item: DraftItem, output_index: number) {
  const { said, kind } = item.part;
  const { logprobs } = item;
  const fields = pieceFields(item, output_index);
  const start = `event: ${fields.type}\ndata: ${JSON.stringify(fields).slice(0, -1)}`;
  const plain = kind === 'text' ? ',"logprobs":[]' : '';
  return (piece: number, index: number, sequence: number): string => {
    const likely =
      kind === 'text' && logprobs
        ? `,"logprobs":${JSON.stringify([logprobOf(said.piece(piece), piece, logprobs)])}`
        : plain;
    const padding = draft.obfuscates ? `,"obfuscation":"${paddingFor(draft, index, said.piece(piece))}"` : '';
    return `${start}${likely},"delta":${said.quoted(piece)},"sequence_number":${sequence}${padding}}\n\n`;
  };
}

/** An error of the provider in the midst of a stream. */
export function errorEvent(sequence_number: number): string {
  const { error } = JSON.parse(serverErrorBody(500)) as { error: { type: string; message: string } };
  const { type: code, message } = error;
  const fields = { type: 'error', code, message, param: null, sequence_number };
  return `event: error\ndata: ${JSON.stringify(fields)}\n\n`;
}

export function numbered(events: readonly EventFields[], first: number): Events {
  const text = events
    .map((event, index) => {
      return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: first + index })}\n\n`;
    })
    .join('');
  return { text, count: events.length };
}
