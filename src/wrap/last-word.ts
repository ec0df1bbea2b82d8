import { TelltaleError } from '../errors.ts';
import { hintFor } from '../observe/hint.ts';
import type { EndCheck } from '../send/body-guard.ts';
import { type ClientMajor, SseSplitter } from '../send/sse.ts';
import { isDone } from '../send/stream-reader.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses } from './doors.ts';
import { isEmpty, isWithoutReason } from './ending.ts';
import { keptBytesOf } from './kept-bytes.ts';
import { answerError } from './own-error.ts';
import { answerIn, largestKeptBytes, readValue } from './whole-body.ts';

/** Which ends of an answer are errors to its caller. */
export interface ErrorEnds {
  readonly truncated: boolean;
  readonly empty: boolean;
}

/** Judges a stream by what its reader was given, right before it would learn that this was all. */
export class StreamEnd implements EndCheck {
  readonly #run: CallRun;
  readonly #ends: ErrorEnds;
  readonly #classes: ErrorClasses;
  readonly #major: ClientMajor;
  readonly #splitter: SseSplitter;
  #isPast = false;
  /** The next that its reader would get says that it is over. */
  #isDone = false;

  constructor(run: CallRun, ends: ErrorEnds, classes: ErrorClasses, major: ClientMajor) {
    this.#run = run;
    this.#ends = ends;
    this.#classes = classes;
    this.#major = major;
    this.#splitter = new SseSplitter(major);
  }

  endIn(piece: Uint8Array): number | undefined {
    if (this.#isPast) return undefined;
    const isEnd = this.#splitter.push(piece).some((payload) => isDone(payload, this.#major));
    if (!isEnd) return undefined;
    this.#isDone = true;
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    // Where it began in the piece before, the reader has no use for that without the rest.
    return Math.max(0, Math.max(bytes.lastIndexOf('data: [DONE]'), bytes.lastIndexOf('data:[DONE]')));
  }

  verdict(): Error | undefined {
    if (this.#isPast) return undefined;
    this.#isPast = true;
    const { answer, call, ended } = this.#run;
    // Of a call that was flushed nothing more is known.
    if (ended || answer.failure || answer.malformed) return undefined;
    const isCut = this.#isDone ? isWithoutReason(answer, call.request) : !answer.finished;
    if (this.#ends.truncated && isCut) {
      const message = 'The stream ended without a finish, so the answer is not whole.';
      return answerError(this.#classes, new TelltaleError('truncated', message));
    }
    return this.#ends.empty && isEmpty(answer, call.request)
      ? emptyError(this.#run, this.#classes)
      : undefined;
  }
}

/** Judges an answer that is one whole, right before its end. */
export class WholeEnd implements EndCheck {
  readonly #run: CallRun;
  readonly #classes: ErrorClasses;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(run: CallRun, classes: ErrorClasses) {
    this.#run = run;
    this.#classes = classes;
  }

  endIn(piece: Uint8Array): undefined {
    this.#bytes += keptBytesOf(piece);
    if (this.#bytes <= largestKeptBytes) this.#pieces.push(piece.slice());
    else this.#pieces = [];
  }

  verdict(): Error | undefined {
    const text = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    const { request } = this.#run.call;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    const answer = answerIn(request, value);
    if (!answer || answer.failure || !isEmpty(answer, request)) return undefined;
    // Its reader gets no value, so this is the only place at which its tokens are known.
    if (!this.#run.ended) readValue(this.#run, value);
    return emptyError(this.#run, this.#classes);
  }
}

function emptyError({ call, answer }: CallRun, classes: ErrorClasses): Error {
  const hint = hintFor({ ...call, outcome: 'empty', response: answer.response });
  const message = `The answer was billed and shows nothing. ${hint ?? ''}`.trim();
  return answerError(classes, new TelltaleError('empty', message));
}
