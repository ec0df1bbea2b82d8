import { createHash, type Hash } from 'node:crypto';
import { asArray, asObject, asText, type JsonObject } from '../json.ts';
import { finishReason } from './chat-output.ts';
import { digestPart } from './media.ts';
import { type Message, type Part, reasoningPart, refusalPart, textPart, toolCallPart } from './parts.ts';
import { StreamRoom } from './stream-room.ts';
import { TextBuffer } from './text-buffer.ts';

/** Puts the chunks of a streamed chat together, each choice on its own. */
export class ChatStream {
  readonly #mostCharacters: number;
  readonly #room = new StreamRoom();
  readonly #choices = new Map<number, Choice>();

  constructor(mostCharacters: number) {
    this.#mostCharacters = mostCharacters;
  }

  /** @throws RangeError where there is more of it than any answer has */
  event(chunk: JsonObject): void {
    for (const entry of asArray(chunk['choices'])) {
      const choice = asObject(entry);
      if (!choice) continue;
      const index = indexOf(choice);
      let known = this.#choices.get(index);
      if (!known) {
        known = new Choice(this.#mostCharacters, this.#room);
        this.#choices.set(index, known);
      }
      known.add(choice);
    }
  }

  messages(): Message[] {
    return [...this.#choices].sort(([a], [b]) => a - b).map(([, choice]) => choice.message());
  }
}

function indexOf(value: JsonObject): number {
  const { index } = value;
  return typeof index === 'number' ? index : 0;
}

interface StreamedCall {
  id: string | undefined;
  name: string | undefined;
  readonly args: TextBuffer;
}

class Choice {
  readonly #mostCharacters: number;
  readonly #room: StreamRoom;
  #role = 'assistant';
  #finish: string | undefined;
  readonly #reasoning: TextBuffer;
  readonly #content: TextBuffer;
  readonly #refusal: TextBuffer;
  readonly #calls = new Map<number, StreamedCall>();
  #audio: StreamedAudio | undefined;

  constructor(mostCharacters: number, room: StreamRoom) {
    room.enter();
    this.#mostCharacters = mostCharacters;
    this.#room = room;
    this.#reasoning = this.#newBuffer();
    this.#content = this.#newBuffer();
    this.#refusal = this.#newBuffer();
  }

  #newBuffer(): TextBuffer {
    return new TextBuffer(this.#mostCharacters, this.#room);
  }

  #word(value: unknown): string | undefined {
    const word = asText(value);
    if (word !== undefined) this.#room.take(word.length);
    return word;
  }

  add(choice: JsonObject): void {
    this.#finish = this.#word(choice['finish_reason']) ?? this.#finish;
    const delta = asObject(choice['delta']);
    if (!delta) return;
    this.#role = this.#word(delta['role']) || this.#role;
    this.#reasoning.append(delta['reasoning_content'] ?? delta['reasoning']);
    this.#content.append(delta['content']);
    this.#refusal.append(delta['refusal']);
    for (const entry of asArray(delta['tool_calls'])) {
      const call = asObject(entry);
      if (call)
        this.#addCall(indexOf(call), call['id'], asObject(call['function']) ?? asObject(call['custom']));
    }
    const old = asObject(delta['function_call']);
    if (old) this.#addCall(-1, undefined, old);
    const audio = asObject(delta['audio']);
    if (!audio) return;
    this.#audio ??= new StreamedAudio(this.#newBuffer());
    this.#audio.add(audio);
  }

  #addCall(index: number, id: unknown, called: JsonObject | undefined): void {
    let call = this.#calls.get(index);
    if (!call) {
      this.#room.enter();
      call = { id: undefined, name: undefined, args: this.#newBuffer() };
      this.#calls.set(index, call);
    }
    call.id = this.#word(id) ?? call.id;
    call.name = this.#word(called?.['name']) ?? call.name;
    call.args.append(called?.['arguments'] ?? called?.['input']);
  }

  message(): Message {
    const parts: Part[] = [];
    if (!this.#reasoning.isEmpty) parts.push(reasoningPart(this.#reasoning.leaf()));
    if (!this.#content.isEmpty) parts.push(textPart(this.#content.leaf()));
    if (!this.#refusal.isEmpty) parts.push(refusalPart(this.#refusal.leaf()));
    if (this.#audio) parts.push(this.#audio.part());
    for (const { id, name, args } of this.#calls.values()) parts.push(toolCallPart(id, name, args.leaf()));
    return { role: this.#role, parts, finish_reason: finishReason(this.#finish) };
  }
}

/** Sound that arrives in pieces is not kept: its digest is worked out on the way. */
class StreamedAudio {
  readonly #hash: Hash = createHash('sha256');
  readonly #transcript: TextBuffer;
  #bytes = 0;
  #id: string | undefined;

  constructor(transcript: TextBuffer) {
    this.#transcript = transcript;
  }

  add(audio: JsonObject): void {
    this.#id = asText(audio['id']) ?? this.#id;
    this.#transcript.append(audio['transcript']);
    const data = Buffer.from(asText(audio['data']) ?? '', 'base64');
    this.#hash.update(data);
    this.#bytes += data.byteLength;
  }

  part(): Part {
    const digest = { sha256: this.#hash.copy().digest('hex'), bytes: this.#bytes };
    const transcript = this.#transcript.isEmpty ? undefined : this.#transcript.leaf();
    return digestPart(digest, 'audio', undefined, { id: this.#id, transcript });
  }
}
