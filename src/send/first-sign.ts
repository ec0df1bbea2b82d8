import { asArray, asObject, asString, type JsonObject } from '../json.ts';
import { isVisibleMessage } from './answer.ts';
import { type ClientMajor, SseSplitter } from './sse.ts';
import { isDone } from './stream-reader.ts';

/** What the beginning of an event stream has come to. */
export type Sign =
  /** Nothing that anybody would see, so far. */
  | { readonly kind: 'none' }
  /** Something to see or act on, or an end that says so: from here on the stream is the caller's. */
  | { readonly kind: 'shown' }
  /** An event that is not JSON. */
  | { readonly kind: 'malformed' }
  /** The provider says that it failed. */
  | { readonly kind: 'error'; readonly error: JsonObject }
  /** The stream ended, and no answer was in it. */
  | { readonly kind: 'truncated' };

const none: Sign = { kind: 'none' };
const shown: Sign = { kind: 'shown' };

/** Reads the beginning of a stream, for as long as there is nothing in it to see. */
export class FirstSign {
  readonly #isResponses: boolean;
  readonly #major: ClientMajor;
  readonly #splitter: SseSplitter;

  constructor(endpoint: 'chat' | 'responses' | 'completions', major: ClientMajor) {
    this.#isResponses = endpoint === 'responses';
    this.#major = major;
    this.#splitter = new SseSplitter(major);
  }

  push(piece: Uint8Array): Sign {
    return this.#firstOf(this.#splitter.push(piece));
  }

  /** The stream is over. */
  end(): Sign {
    const rest = this.#splitter.flush();
    const sign = rest === undefined ? none : this.#firstOf([rest]);
    return sign.kind === 'none' ? { kind: 'truncated' } : sign;
  }

  #firstOf(payloads: readonly string[]): Sign {
    for (const payload of payloads) {
      const sign = this.#signOf(payload);
      if (sign.kind !== 'none') return sign;
    }
    return none;
  }

  #signOf(payload: string): Sign {
    if (isDone(payload, this.#major)) return { kind: 'truncated' };
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(payload, 'latin1').toString('utf8'));
    } catch {
      return { kind: 'malformed' };
    }
    const event = asObject(value);
    // What is of no known form is for the client to judge.
    if (!event) return shown;
    const error = asObject(event['error']) ?? asObject(asObject(event['response'])?.['error']);
    if (error) return { kind: 'error', error };
    if (event['type'] === 'error' || this.#splitter.failed) return { kind: 'error', error: event };
    if (event['error']) return { kind: 'error', error: { message: event['error'] } };
    return (this.#isResponses ? showsEvent(event) : showsChunk(event)) ? shown : none;
  }
}

/** Reasoning counts too: whoever shows it must not wait for the answer behind it. */
function showsChunk(chunk: JsonObject): boolean {
  // Of another form than is known: whoever sends it knows what it shows.
  if (!Array.isArray(chunk['choices'])) return true;
  return asArray(chunk['choices']).some((entry) => {
    const choice = asObject(entry);
    const delta = asObject(choice?.['delta']);
    return (
      isVisibleMessage(delta) ||
      asString(choice?.['text']) !== undefined ||
      asString(choice?.['finish_reason']) !== undefined ||
      asString(delta?.['reasoning_content']) !== undefined ||
      asString(delta?.['reasoning']) !== undefined
    );
  });
}

function showsEvent(event: JsonObject): boolean {
  return !/^response\.(?:created|queued|in_progress|output_item\.added|content_part\.added)$/.test(
    String(event['type']),
  );
}
