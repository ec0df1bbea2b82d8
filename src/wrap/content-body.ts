import type { BodyEnd, BodyListener } from '../send/body-watch.ts';
import { type ClientMajor, SseSplitter } from '../send/sse.ts';
import { isDone } from '../send/stream-reader.ts';
import type { CallContent } from './call-content.ts';

/** Listens to an event stream for what it says, before `body` does, which may end the call. */
export class ContentBody implements BodyListener {
  readonly #content: CallContent;
  readonly #body: BodyListener;
  readonly #splitter: SseSplitter;
  readonly #major: ClientMajor;
  #isDone = false;

  constructor(content: CallContent, body: BodyListener, major: ClientMajor) {
    this.#content = content;
    this.#body = body;
    this.#splitter = new SseSplitter(major);
    this.#major = major;
    content.streamBegins();
  }

  bytes(piece: Uint8Array): void {
    this.#take(() => this.#splitter.push(piece));
    this.#body.bytes(piece);
  }

  text(text: string): void {
    this.#take(() => this.#splitter.push(Buffer.from(text)));
    this.#body.text(text);
  }

  json(value: unknown): void {
    this.#body.json(value);
  }

  end(end: BodyEnd): void {
    if (end.kind === 'complete') this.#take(() => [this.#splitter.flush() ?? '']);
    this.#body.end(end);
  }

  /** Whatever goes wrong here is no matter of `body`. */
  #take(split: () => readonly string[]): void {
    try {
      for (const payload of split()) {
        this.#isDone ||= isDone(payload, this.#major);
        if (!this.#isDone && payload !== '') this.#content.streamed(payload);
      }
    } catch (fault) {
      this.#content.fail(fault);
    }
  }
}
