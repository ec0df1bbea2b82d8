import { asObject, readChat, readOther, readResponse } from '../send/answer.ts';
import type { BodyEnd, BodyListener } from '../send/body-watch.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { brokenOff, endingOf } from './ending.ts';

/** A body kept for its usage is let go past this size: no answer with usage is so large. */
const largestKeptBytes = 8 * 1024 * 1024;

/** Listens to a body that is one whole: JSON, or bytes that only pass. */
export class WholeBody implements BodyListener {
  readonly #run: CallRun;
  readonly #props: ResponseProps;
  readonly #classes: ErrorClasses;
  #pieces: Uint8Array[] | undefined;
  #bytes = 0;

  constructor(run: CallRun, props: ResponseProps, classes: ErrorClasses) {
    this.#run = run;
    this.#props = props;
    this.#classes = classes;
  }

  bytes(piece: Uint8Array): void {
    this.#bytes += piece.byteLength;
    this.#pieces ??= [];
    if (this.#bytes <= largestKeptBytes && this.#isInference) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  text(text: string): void {
    // openai 7 parses this very text and hands the value over; parsing it here would be the second time.
    if (!this.#run.parsing && this.#isInference) readValue(this.#run, parse(text));
  }

  json(value: unknown): void {
    this.#pieces = undefined;
    readValue(this.#run, value);
  }

  end(end: BodyEnd): void {
    if (this.#run.parsing) return;
    if (this.#pieces?.length) readValue(this.#run, parse(Buffer.concat(this.#pieces).toString('utf8')));
    this.#run.endWith(
      end.kind === 'complete' ? endingOf(this.#run) : brokenOff(end, this.#props, this.#classes),
    );
  }

  get #isInference(): boolean {
    return this.#run.call.request.endpoint !== 'other';
  }
}

/** Takes in a whole parsed body. */
export function readValue(run: CallRun, value: unknown): void {
  const { endpoint } = run.call.request;
  if (endpoint === 'other') return;
  const body = asObject(value);
  // An answer of no bytes has no value.
  if (value === undefined || value === '') return;
  if (!body) {
    run.answer.malformed = true;
    return;
  }
  run.content?.answered(body);
  if (endpoint === 'chat') readChat(run.answer, body);
  else if (endpoint === 'responses') readResponse(run.answer, body);
  else readOther(run.answer, body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
