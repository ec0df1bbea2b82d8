import type { BodyEnd, BodyListener } from '../send/body-watch.ts';
import { SseSplitter } from '../send/sse.ts';
import type { CallContent } from './call-content.ts';

/** Listens to an event stream for what it says, before `body` does, which may end the call. */
export class ContentBody implements BodyListener {
  readonly #content: CallContent;
  readonly #body: BodyListener;
  readonly #splitter = new SseSplitter();

  constructor(content: CallContent, body: BodyListener) {
    this.#content = content;
    this.#body = body;
    content.streamBegins();
  }

  bytes(piece: Uint8Array): void {
    this.#take(piece);
    this.#body.bytes(piece);
  }

  text(text: string): void {
    this.#take(Buffer.from(text));
    this.#body.text(text);
  }

  json(value: unknown): void {
    this.#body.json(value);
  }

  end(end: BodyEnd): void {
    const rest = end.kind === 'complete' ? this.#splitter.flush() : undefined;
    if (rest !== undefined) this.#content.streamed(rest);
    this.#body.end(end);
  }

  #take(piece: Uint8Array): void {
    for (const payload of this.#splitter.push(piece)) this.#content.streamed(payload);
  }
}
