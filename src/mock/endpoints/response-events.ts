import type { Events, StreamAnswer } from '../answer.ts';
import { logprobOf } from '../answers/logprobs.ts';
import { paddingFor } from '../answers/obfuscation.ts';
import { tokensOfPiece } from '../answers/said.ts';
import { tokensAfter } from '../answers/steps.ts';
import { serverErrorBody } from '../error-bodies.ts';
import { finalStatus, finishedResponse, type ResponseDraft, startedResponse } from './response-draft.ts';
import {
  type EventFields,
  itemBegins,
  itemEnds,
  pieceFields,
  reasoningEvents,
} from './response-item-events.ts';
import type { DraftItem } from './response-output.ts';

/** The same answer as typed events, in OpenAI's documented order. */
export function streamResponse(draft: ResponseDraft): StreamAnswer {
  const { completion, items } = draft;
  const opening = [...openingEvents(draft), ...beginning(draft, 0)];
  const [only] = items;
  const isPlain =
    items.length === 1 && only?.part.kind === 'text' && only.part.said.pieces === only.part.said.tokens;
  const write = only && deltaWriter(draft, only, outputIndex(draft, 0));
  const pieces = isPlain ? [] : piecesOf(draft);
  const tokens = isPlain ? only.part.said.pieces : pieces.length;
  return {
    kind: 'stream',
    opening: numbered(opening, 0),
    tokens,
    tokenEvent(index) {
      const sequence = opening.length + index;
      return (isPlain ? write?.(index, index, sequence) : pieces[index]?.write(index, sequence)) ?? '';
    },
    ...(!isPlain && { outputTokensAfter: tokensAfter(completion.usage.reasoningTokens, pieces) }),
    errorEvent: (index) => errorEvent(opening.length + index),
    closing: numbered(closingEvents(draft), opening.length + tokens),
    usage: completion.usage,
    tellsUsage: true,
    finishReason: completion.finishReason,
  };
}

/** An event of the stream after the opening: a piece of an item, or one where an item ends and the next begins. */
interface Piece {
  readonly tokens: number;
  /** By its place among the pieces and among all events. */
  write(index: number, sequence: number): string;
}

function piecesOf(draft: ResponseDraft): readonly Piece[] {
  return draft.items.flatMap((item, at) => {
    const around = at === 0 ? [] : [...ending(draft, at - 1), ...beginning(draft, at)];
    const write = deltaWriter(draft, item, outputIndex(draft, at));
    const { said } = item.part;
    const name = item.part.kind === 'call' ? item.part.nameTokens : 0;
    return [
      ...around.map((event) => ({
        tokens: 0,
        write: (_: number, sequence: number) => numbered([event], sequence).text,
      })),
      ...Array.from({ length: said.pieces }, (_, piece) => ({
        // A call's name has been said with its first piece.
        tokens: tokensOfPiece(said, piece) + (piece === 0 ? name : 0),
        write: (index: number, sequence: number) => write(piece, index, sequence),
      })),
    ];
  });
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
