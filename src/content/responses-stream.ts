import { asObject, asText, type JsonObject } from '../json.ts';
import type { CutText } from './leaf.ts';
import { type Message, type Part, reasoningPart, refusalPart, textPart, toolCallPart } from './parts.ts';
import { outputMessage, responsesOutput } from './responses.ts';
import { saidBy } from './responses-items.ts';
import { StreamRoom } from './stream-room.ts';
import { TextBuffer } from './text-buffer.ts';

/** Events that carry a piece of a text, and what kind of text it is. */
const pieces: Readonly<Record<string, Piece['kind']>> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning_summary_text.delta': 'reasoning',
  'response.function_call_arguments.delta': 'arguments',
  'response.custom_tool_call_input.delta': 'arguments',
  'response.mcp_call_arguments.delta': 'arguments',
  'response.code_interpreter_call_code.delta': 'arguments',
};

interface Piece {
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'arguments';
  readonly text: TextBuffer;
}

/** An item of the output: as it began and what has arrived of it since, or as it is when it is done. */
interface Item {
  begun: JsonObject;
  done: JsonObject | undefined;
  readonly pieces: Map<string, Piece>;
}

/** Puts the events of a streamed Response together. Its last event has the whole; before it, what has arrived counts. */
export class ResponsesStream {
  readonly #mostCharacters: number;
  readonly #room = new StreamRoom();
  readonly #items = new Map<number, Item>();
  #whole: JsonObject | undefined;

  constructor(mostCharacters: number) {
    this.#mostCharacters = mostCharacters;
  }

  /** @throws RangeError where there is more of it than any answer has */
  event(event: JsonObject, bytes: number): void {
    const type = asText(event['type']) ?? '';
    if (/^response\.(?:completed|incomplete|failed|cancelled)$/.test(type)) {
      this.#whole = asObject(event['response']);
      return;
    }
    const index = event['output_index'];
    if (typeof index !== 'number') return;
    const isAdded = type === 'response.output_item.added';
    if (isAdded || type === 'response.output_item.done') {
      this.#room.take(bytes);
      const item = this.#itemAt(index);
      if (isAdded) item.begun = asObject(event['item']) ?? {};
      else item.done = asObject(event['item']);
    }
    const kind = pieces[type];
    if (kind === undefined) return;
    const known = this.#itemAt(index).pieces;
    const within = event['content_index'] ?? event['summary_index'];
    const key = `${kind} ${typeof within === 'number' ? within : 0}`;
    let piece = known.get(key);
    if (!piece) {
      this.#room.enter();
      piece = { kind, text: new TextBuffer(this.#mostCharacters, this.#room) };
      known.set(key, piece);
    }
    piece.text.append(event['delta']);
  }

  messages(): Message[] {
    const whole = this.#whole && responsesOutput(this.#whole);
    // A failed Response may come without the output that was streamed before.
    if (whole && whole.length > 0) return whole;
    const items = [...this.#items].sort(([a], [b]) => a - b).map(([, item]) => item);
    const parts = items.flatMap((item) => (item.done ? saidBy(item.done).parts : arrived(item)));
    return parts.length === 0 ? [] : [outputMessage(parts, undefined)];
  }

  #itemAt(index: number): Item {
    const known = this.#items.get(index);
    if (known) return known;
    this.#room.enter();
    const item: Item = { begun: {}, done: undefined, pieces: new Map() };
    this.#items.set(index, item);
    return item;
  }
}

function arrived({ begun, pieces: known }: Item): readonly Part[] {
  const parts: Part[] = [];
  for (const { kind, text } of known.values()) {
    if (!text.isEmpty) parts.push(partOf(kind, text.leaf(), begun));
  }
  return parts.length > 0 ? parts : saidBy(begun).parts;
}

function partOf(kind: Piece['kind'], leaf: string | CutText, begun: JsonObject): Part {
  if (kind === 'text') return textPart(leaf);
  if (kind === 'refusal') return refusalPart(leaf);
  if (kind === 'reasoning') return reasoningPart(leaf);
  const name = begun['name'] ?? asText(begun['type'])?.replace(/_call$/, '');
  return toolCallPart(begun['call_id'] ?? begun['id'], name, leaf);
}
