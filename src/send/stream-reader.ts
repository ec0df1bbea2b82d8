import { asObject, asString, asWord, type JsonObject } from '../json.ts';
import {
  type Answer,
  isVisibleMessage,
  mostChoices,
  readFailure,
  readIdentity,
  readResponse,
  setUsage,
} from './answer.ts';
import type { ClientMajor } from './sse.ts';

/** Which protocol the events of a stream follow. */
/** `media`: images and sound, which end with an event of their own. */
export type StreamKind = 'chat' | 'responses' | 'media' | 'other';

/**
 * Reads the events of a stream as they pass by. Parsing each one a second time would double the client's own work,
 * so a chunk is first searched as text: in compact JSON a key such as `"finish_reason":"` can stand only where it is
 * meant, because inside a string its quotes would be escaped. Only events that say more than a piece of text are
 * parsed. A provider whose JSON is not compact is noticed at the first event, and then every event is parsed.
 */
export class StreamReader {
  readonly answer: Answer;
  /** A payload that is not JSON was seen; the client fails on it. */
  malformed = false;
  readonly #kind: StreamKind;
  readonly #choices: number;
  readonly #major: ClientMajor;
  /** By choice; made when the first comes, because an empty map has its price too. */
  #finishReasons: Map<number, string> | undefined;
  #first = true;
  /** The end was read. Nobody reads on behind it. */
  done = false;
  /** Events cannot be skimmed, or not only. */
  parseAll = false;

  constructor(kind: StreamKind, answer: Answer, choices: number, major: ClientMajor) {
    this.#kind = kind;
    this.#major = major;
    this.answer = answer;
    this.#choices = choices;
  }

  /** Takes the data of one event, as UTF-8 bytes seen as Latin-1. */
  read(payload: string): void {
    if (this.done) return;
    if (isDone(payload, this.#major)) {
      this.done = true;
      this.answer.finished = true;
      return;
    }
    if (this.#first) {
      this.#first = false;
      const text = decode(payload);
      const value = this.#parse(text);
      this.parseAll ||= value !== undefined && !isCompact(value, text);
    } else if (this.parseAll || hasSpaces(payload) || this.#saysMore(payload)) {
      this.#parse(decode(payload));
    } else {
      this.#skim(payload);
    }
  }

  /** Tells whether a payload that was only skimmed is JSON at all; asked when the client gives up on a stream. */
  checkJson(payload: string): void {
    if (this.malformed) return;
    try {
      JSON.parse(decode(payload));
    } catch {
      this.malformed = true;
    }
  }

  /** The keys are searched without their first quote: native search runs from one first letter to the next. */
  #saysMore(payload: string): boolean {
    if (this.#kind === 'responses') {
      return (
        payload.includes('response":{') || payload.includes('type":"error"') || payload.includes('error":')
      );
    }
    if (this.#kind === 'media') return isLastOfMedia.test(payload) || payload.includes('error":');
    return (
      payload.includes('finish_reason":"') || payload.includes('usage":{') || payload.includes('error":')
    );
  }

  #skim(payload: string): void {
    const { answer } = this;
    if (this.#kind === 'media') return;
    let key = this.#kind === 'responses' ? 'delta":"' : 'content":"';
    let at = payload.indexOf(key);
    if (at === -1 && this.#kind === 'chat') {
      // A completion of the older kind.
      key = 'text":"';
      at = payload.indexOf(key);
    }
    if (at !== -1) {
      const from = at + key.length;
      const length = quotedLength(payload, from);
      if (length > 0) {
        // Reasoning summaries stream as deltas too; only these two types are what a reader sees.
        answer.visible ||=
          this.#kind !== 'responses' ||
          payload.includes('response.output_text.delta') ||
          payload.includes('response.refusal.delta');
        answer.characters += length;
      }
    }
    if (this.#kind === 'chat' && !answer.visible)
      answer.visible = /"(?:refusal":"[^"]|tool_calls":\[|function_call":\{|audio":\{)/.test(payload);
  }

  #parse(text: string): unknown {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.malformed = true;
      return undefined;
    }
    const event = asObject(value);
    if (!event) return value;
    const { error } = event;
    if (error) readFailure(this.answer, asObject(error) ?? { message: error });
    else if (event['type'] === 'error') readFailure(this.answer, event);
    if (this.#kind === 'responses') this.#readResponsesEvent(event);
    else if (this.#kind === 'media') this.#readMediaEvent(event);
    else this.#readChatChunk(event);
    return value;
  }

  #readChatChunk(chunk: JsonObject): void {
    const { answer } = this;
    readIdentity(answer, chunk);
    setUsage(answer, chunk['usage']);
    const choices = chunk['choices'];
    for (const entry of Array.isArray(choices) ? choices : []) {
      const choice = asObject(entry);
      const delta = asObject(choice?.['delta']);
      const text = asString(choice?.['text']);
      if (isVisibleMessage(delta) || text !== undefined) answer.visible = true;
      answer.characters += (text ?? asString(delta?.['content']))?.length ?? 0;
      const reason = asWord(choice?.['finish_reason']);
      if (reason === undefined) continue;
      this.#finishReasons ??= new Map();
      if (this.#finishReasons.size >= mostChoices) continue;
      const index = choice?.['index'];
      this.#finishReasons.set(typeof index === 'number' ? index : 0, reason);
      answer.response.finishReasons = [...this.#finishReasons.values()];
    }
    const finished = this.#finishReasons?.size ?? 0;
    if (this.#kind === 'chat' && finished >= this.#choices) answer.finished = true;
  }

  #readMediaEvent(event: JsonObject): void {
    const { answer } = this;
    if (!lastOfMedia.test(String(event['type']))) return;
    answer.finished = true;
    answer.visible = true;
    setUsage(answer, event['usage']);
  }

  #readResponsesEvent(event: JsonObject): void {
    const response = asObject(event['response']);
    if (!response) {
      const delta = asString(event['delta']);
      const type = event['type'];
      if (delta === undefined) return;
      if (type === 'response.output_text.delta' || type === 'response.refusal.delta')
        this.answer.visible = true;
      this.answer.characters += delta.length;
      return;
    }
    const last = /^response\.(?:completed|failed|incomplete|cancelled)$/.test(String(event['type']));
    if (!last) {
      readIdentity(this.answer, response);
      return;
    }
    // The last event repeats the whole output, so what the deltas showed is counted anew.
    this.answer.visible = false;
    this.answer.characters = 0;
    readResponse(this.answer, response);
  }
}

/** False where nobody can tell: an event may be deeper than can be written. */
function isCompact(value: unknown, text: string): boolean {
  try {
    return JSON.stringify(value).length === text.length;
  } catch {
    return false;
  }
}

/** The end of a stream. openai 6 does not look at what stands behind it on the line. */
export function isDone(payload: string, major: ClientMajor): boolean {
  return major === 6 ? payload.startsWith('[DONE]') : payload === '[DONE]';
}

const lastOfMedia = /^(?:image_generation|image_edit)\.completed$|^(?:transcript\.text|speech\.audio)\.done$/;
const isLastOfMedia = /"type":\s*"(?:image_\w+\.completed|transcript\.text\.done|speech\.audio\.done)"/;

/** A proxy may write some events in another style than the first: its first colon shows it. */
function hasSpaces(payload: string): boolean {
  return payload[payload.indexOf('":') + 2] === ' ';
}

/** Length of the JSON string that begins at `from`, up to its closing quote. */
function quotedLength(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at > from && text[at - 1] === '\\') {
    let slashes = 1;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) break;
    at = text.indexOf('"', at + 1);
  }
  return at === -1 ? text.length - from : at - from;
}

/** Latin-1 characters are the bytes; this gives the text they mean. */
function decode(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of single-byte characters
  return /^[\x00-\x7f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
}
