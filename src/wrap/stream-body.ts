import type { CallRequest } from '../call.ts';
import type { BodyEnd, BodyListener } from '../send/body-watch.ts';
import { type ClientMajor, SseSplitter } from '../send/sse.ts';
import { isDone, type StreamKind, StreamReader } from '../send/stream-reader.ts';
import { isInBackground } from './background-jobs.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { brokenOff, type Ending, endingOf, failedEnding, isWithoutReason } from './ending.ts';

/** Whose end of a stream is documented: without it, the stream was cut. */
const streamKinds: Readonly<Partial<Record<CallRequest['endpoint'], StreamKind>>> = {
  chat: 'chat',
  completions: 'chat',
  responses: 'responses',
  fetch_response: 'responses',
  images: 'media',
  audio: 'media',
};

/** Listens to an event stream. `hideUsage`: its usage chunk is not for the caller. */
export class StreamBody implements BodyListener {
  readonly #run: CallRun;
  readonly #props: Pick<ResponseProps, 'controller' | 'options'>;
  readonly #classes: ErrorClasses;
  readonly #hideUsage: boolean;
  readonly #major: ClientMajor;
  readonly #splitter: SseSplitter;
  readonly #reader: StreamReader;
  readonly #isJob: boolean;
  /** The payloads that arrived together last, of those that the client reads. */
  #last: readonly string[] = [];

  constructor(
    run: CallRun,
    { controller, options }: ResponseProps,
    classes: ErrorClasses,
    hideUsage: boolean,
    major: ClientMajor,
  ) {
    this.#run = run;
    // The response itself is not kept: the garbage collector must be able to find it unread.
    this.#props = { controller, options };
    this.#classes = classes;
    this.#hideUsage = hideUsage;
    this.#major = major;
    this.#splitter = new SseSplitter(major);
    this.#isJob = isInBackground(run.call.request);
    const { endpoint, body } = run.call.request;
    const wanted = body?.['n'];
    const kind = streamKinds[endpoint] ?? 'other';
    this.#reader = new StreamReader(kind, run.answer, typeof wanted === 'number' ? wanted : 1, major);
  }

  bytes(piece: Uint8Array): void {
    this.#take(this.#splitter.push(piece));
  }

  text(text: string): void {
    this.#take(this.#splitter.push(Buffer.from(text)));
  }

  json(): void {}

  end(end: BodyEnd): void {
    const rest = end.kind === 'complete' ? this.#splitter.flush() : undefined;
    if (rest !== undefined) this.#take([rest]);
    // A client that stops in mid-stream, or at its last event, may have met a payload that it could not parse.
    if (rest !== undefined || end.kind === 'cancelled') this.#checkLast();
    this.#run.endWith(this.#judge(end));
  }

  #checkLast(): void {
    for (const payload of this.#last) {
      if (isDone(payload, this.#major)) return;
      this.#reader.checkJson(payload);
    }
  }

  #take(payloads: readonly string[]): void {
    if (payloads.length === 0) return;
    this.#last = this.#reader.done ? [] : payloads;
    // The payload that a client could not parse is then not among the last.
    if (this.#major === 6 && this.#splitter.hasReturns) this.#reader.parseAll = true;
    let chunks = 0;
    for (const payload of payloads) {
      this.#reader.read(payload);
      // What the caller never sees is not a chunk of theirs.
      if (!isDone(payload, this.#major) && !(this.#hideUsage && /"choices":\s*\[\s*\]/.test(payload)))
        chunks++;
    }
    if (chunks > 0) this.#run.chunksRead(chunks);
    if (this.#isJob) this.#run.jobRead();
  }

  #judge(end: BodyEnd): Ending {
    const { answer } = this.#run;
    if (answer.failure || this.#splitter.failed) return failedEnding(answer);
    if (this.#reader.malformed) return { outcome: 'error', errorType: 'malformed_response' };
    // Whoever reads gets the error, also behind a finish.
    if (end.kind === 'failed') return brokenOff(end, this.#props, this.#classes);
    if (answer.finished && !isWithoutReason(answer, this.#run.call.request)) {
      return endingOf(this.#run);
    }
    if (end.kind !== 'complete' && !answer.finished) return brokenOff(end, this.#props, this.#classes);
    const knowable = streamKinds[this.#run.call.request.endpoint] !== undefined;
    return knowable ? { outcome: 'truncated', errorType: 'truncated' } : { outcome: 'ok' };
  }
}
