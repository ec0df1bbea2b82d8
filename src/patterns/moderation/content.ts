import { asObject, asString, deepest, type JsonObject } from '../../json.ts';

/** What moderation can be asked about, and what it cannot. */
export interface Content {
  readonly texts: readonly string[];
  /** Addresses, or data URLs. */
  readonly images: readonly string[];
  /** Kinds of what is there and no moderation can read. */
  readonly unreadable: readonly UnreadableKind[];
}

export type UnreadableKind = 'audio' | 'file' | 'image kept by the provider' | 'deeply nested value';

/** Whatever says nothing to a reader: names of things, and what only the provider can read. */
const silent = new Set([
  ...['id', 'type', 'role', 'status', 'object', 'detail', 'phase', 'index', 'format', 'finish_reason'],
  ...['call_id', 'item_id', 'file_id', 'container_id', 'tool_call_id', 'response_id', 'approval_request_id'],
  ...['encrypted_content', 'fingerprint', 'signature', 'logprobs', 'prompt_cache_breakpoint'],
]);

/**
 * Everything that is said in a value, wherever in it: what is not known here is taken for something that somebody reads. So
 * a new kind of item is moderated on the day on which it appears.
 */
export class ContentReader {
  readonly #texts: string[] = [];
  readonly #images: string[] = [];
  readonly #unreadable = new Set<UnreadableKind>();
  readonly #seen = new WeakSet<object>();

  get content(): Content {
    return { texts: this.#texts, images: this.#images, unreadable: [...this.#unreadable] };
  }

  /** What one message or item says is judged as one text: words are not let through by being spread over its parts. */
  readItem(item: unknown): void {
    const before = this.#texts.length;
    this.#read(item, 0);
    const own = this.#texts.splice(before);
    if (own.length > 0) this.#texts.push(own.join('\n'));
  }

  #read(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      if (value.trim() !== '') this.#texts.push(value);
      return;
    }
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    if (depth >= deepest) {
      this.#unreadable.add('deeply nested value');
      return;
    }
    if (Array.isArray(value)) for (const item of value) this.#read(item, depth + 1);
    else this.#readObject(value as JsonObject, depth);
  }

  #readObject(object: JsonObject, depth: number): void {
    const taken = this.#takeMedia(object, depth);
    for (const [name, value] of Object.entries(object))
      if (!silent.has(name) && !taken.includes(name)) this.#read(value, depth + 1);
  }

  /** @returns the fields that are seen to, and are no texts */
  #takeMedia(object: JsonObject, depth: number): readonly string[] {
    const { type, image_url: image, audio } = object;
    switch (type) {
      case 'input_audio':
        this.#unreadable.add('audio');
        return ['input_audio'];
      case 'input_file':
      case 'file':
        this.#unreadable.add('file');
        return ['file_data', 'file_url', 'file'];
      case 'image_generation_call': {
        const picture = asString(object['result']);
        if (picture !== undefined) this.#images.push(dataUrl(picture, object['output_format']));
        return ['result', 'output_format', 'size', 'quality', 'background', 'action'];
      }
    }
    // What the code of an interpreter draws has its address here.
    const drawn = type === 'image' ? asString(object['url']) : undefined;
    const address = asString(image) ?? asString(asObject(image)?.['url']) ?? drawn;
    if (address !== undefined) this.#images.push(address);
    const isImage = type === 'input_image' || type === 'computer_screenshot';
    if (isImage && (address === undefined || asString(object['file_id']) !== undefined))
      this.#unreadable.add('image kept by the provider');
    const sound = asObject(audio);
    // A transcript says what the sound does; without one nobody knows. In a request it is only the id of an answer.
    if (sound?.['data'] === undefined) return drawn === undefined ? ['image_url'] : ['image_url', 'url'];
    if (asString(sound['transcript']) === undefined) this.#unreadable.add('audio');
    else this.#read(sound['transcript'], depth);
    return ['image_url', 'audio'];
  }
}

function dataUrl(base64: string, format: unknown): string {
  return base64.startsWith('data:') ? base64 : `data:image/${asString(format) ?? 'png'};base64,${base64}`;
}
