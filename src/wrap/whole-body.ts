import type { CallRequest } from '../call.ts';
import { asObject, type JsonObject } from '../json.ts';
import {
  type Answer,
  newAnswer,
  readCancelled,
  readChat,
  readCompletion,
  readFetched,
  readOther,
  readResource,
  readResponse,
} from '../send/answer.ts';
import type { BodyEnd, BodyListener } from '../send/body-watch.ts';
import type { ClientMajor } from '../send/sse.ts';
import { asksOfResponse } from './background-jobs.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { brokenOff, endingOf } from './ending.ts';
import { keptBytesOf } from './kept-bytes.ts';

/** A body kept for its usage is let go past this size: no answer with usage is so large. */
export const largestKeptBytes = 8 * 1024 * 1024;

/** Listens to a body that is one whole: JSON, or bytes that only pass. */
export class WholeBody implements BodyListener {
  readonly #run: CallRun;
  readonly #props: ResponseProps;
  readonly #classes: ErrorClasses;
  readonly #major: ClientMajor;
  #pieces: Uint8Array[] | undefined;
  #bytes = 0;

  constructor(run: CallRun, props: ResponseProps, classes: ErrorClasses, major: ClientMajor) {
    this.#run = run;
    this.#props = props;
    this.#classes = classes;
    this.#major = major;
  }

  bytes(piece: Uint8Array): void {
    this.#bytes += keptBytesOf(piece);
    this.#pieces ??= [];
    if (this.#bytes <= largestKeptBytes && this.#isJson) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  text(text: string): void {
    // openai 7 parses this very text and hands the value over; parsing it here would be the second time.
    if (this.#run.parsing || text.length > largestKeptBytes || !this.#isJson) return;
    // openai 6 takes as text what it does not take for JSON, and hands it over as that.
    readValue(this.#run, this.#major === 6 && !isJsonFor6(this.#contentType) ? text : parse(text));
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

  /** Whether there is anything in it to be read: bytes of other kinds only pass. */
  get #isJson(): boolean {
    return isStrict(this.#run.call.request) || isJson(this.#contentType);
  }

  get #contentType(): string | null | undefined {
    return this.#props.response.headers?.get('content-type');
  }
}

function isJson(contentType: string | null | undefined): boolean {
  return /^[^;]*[/+]json\b/i.test(contentType ?? '');
}

/** openai 6's own rule, which heeds case. */
function isJsonFor6(contentType: string | null | undefined): boolean {
  const mediaType = contentType?.split(';')[0]?.trim() ?? '';
  return mediaType.includes('application/json') || mediaType.endsWith('+json');
}

/** Endpoints that answer in JSON and nothing else; the others may answer in text or in bytes. */
function isStrict({ endpoint }: CallRequest): boolean {
  return endpoint !== 'audio' && endpoint !== 'other';
}

const readers: Readonly<Record<CallRequest['endpoint'], (answer: Answer, body: JsonObject) => void>> = {
  chat: readChat,
  responses: readResponse,
  completions: readCompletion,
  embeddings: readOther,
  compaction: readOther,
  decisions: readOther,
  moderations: readOther,
  images: readOther,
  audio: readOther,
  fetch_response: readFetched,
  other: readResource,
};

function read(request: CallRequest, answer: Answer, body: JsonObject): void {
  if (request.endpoint === 'other' && asksOfResponse(request)) readCancelled(answer, body);
  else readers[request.endpoint](answer, body);
}

/** What a whole parsed body says; undefined where it is none. */
export function answerIn(request: CallRequest, value: unknown): Answer | undefined {
  const body = asObject(value);
  if (!body) return undefined;
  const answer = newAnswer();
  read(request, answer, body);
  return answer;
}

/** Takes in a whole parsed body. */
export function readValue(run: CallRun, value: unknown): void {
  const { request } = run.call;
  const body = asObject(value);
  if (body) {
    run.content?.answered(body);
    read(request, run.answer, body);
    return;
  }
  // An answer of no bytes has no value.
  if (value !== undefined && value !== '' && isStrict(request)) run.answer.malformed = true;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
