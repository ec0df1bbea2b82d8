import { type Answer, asObject, readChat, readOther, readResponse } from '../send/answer.ts';
import { type BodyEnd, type BodyListener, watchBody } from '../send/body-watch.ts';
import { SseSplitter } from '../send/sse.ts';
import { StreamReader } from '../send/stream-reader.ts';
import { UsageFilter } from '../send/usage-filter.ts';
import type { CallRun, Ending } from './call-run.ts';
import type { Core } from './core.ts';
import type { ErrorClasses, ResponseProps } from './doors.ts';
import { type ErrorType, errorTypeOf } from './error-type.ts';

/** A body kept for its usage is let go past this size: no answer with usage is so large. */
const largestKeptBytes = 8 * 1024 * 1024;

/** Listens to the body of a good answer until the call's end. `hideUsage` takes the usage chunk out again. */
export function readBody(
  core: Core,
  run: CallRun,
  props: ResponseProps,
  classes: ErrorClasses,
  hideUsage: boolean,
): void {
  const { response } = props;
  // An answer that cannot be watched tells nothing more.
  if (response.body === null || response.status === 204 || !Object.isExtensible(response)) {
    run.end('ok');
    return;
  }
  const guarded = (listener: BodyListener): BodyListener => guard(core, run, listener);
  const isAborted = (): boolean => props.controller.signal.aborted || props.options.signal?.aborted === true;
  const streams = run.call.request.streamed;
  const listener = streams
    ? streamListener(run, classes, isAborted, hideUsage)
    : wholeListener(run, classes, isAborted);
  watchBody(response, guarded(listener), hideUsage ? new UsageFilter() : undefined);
  // A JSON body is read at once or never; only a stream is held for long and dropped unread in ordinary use.
  run.awaitBody(streams ? response : undefined);
  if (!streams && response.headers?.get('content-length') === '0') endUnread(core, run, response);
}

/** openai since 6.49 does not read a JSON body of no bytes; one that is read all the same ends its call itself. */
function endUnread(core: Core, run: CallRun, response: Response): void {
  core.clock.schedule(
    () => {
      if (!run.parsing && !response.bodyUsed) run.end('ok');
    },
    0,
    'work',
  );
}

function streamListener(
  run: CallRun,
  classes: ErrorClasses,
  isAborted: () => boolean,
  hideUsage: boolean,
): BodyListener {
  const { request } = run.call;
  const { answer } = run;
  const splitter = new SseSplitter();
  const wanted = request.body?.['n'];
  const kind = request.endpoint === 'chat' || request.endpoint === 'responses' ? request.endpoint : 'other';
  const reader = new StreamReader(kind, answer, typeof wanted === 'number' ? wanted : 1);
  let last: readonly string[] = [];
  const take = (payloads: readonly string[]): void => {
    if (payloads.length === 0) return;
    last = payloads;
    let chunks = 0;
    for (const payload of payloads) {
      reader.read(payload);
      // What the caller never sees is not a chunk of theirs.
      if (payload !== '[DONE]' && !(hideUsage && /"choices":\s*\[\s*\]/.test(payload))) chunks++;
    }
    if (chunks > 0) run.chunksRead(chunks);
  };
  const judge = (end: BodyEnd): Ending => {
    if (answer.failure) return { outcome: 'error', errorType: failureType(answer) };
    if (reader.malformed) return { outcome: 'error', errorType: 'malformed_response' };
    if (answer.finished) return endingOf(run);
    if (end.kind !== 'complete') return brokenOff(end, classes, isAborted);
    return kind === 'other' ? { outcome: 'ok' } : { outcome: 'truncated', errorType: 'truncated' };
  };
  return {
    bytes: (piece) => take(splitter.push(piece)),
    text: (text) => take(splitter.push(Buffer.from(text))),
    json: () => {},
    end: (end) => {
      const rest = splitter.flush();
      if (rest !== undefined && end.kind === 'complete') take([rest]);
      // A client that stops in mid-stream may have met a payload that it could not parse.
      if (end.kind === 'cancelled' && !answer.finished) {
        for (const payload of last) reader.checkJson(payload);
      }
      run.endWith(judge(end));
    },
  };
}

function wholeListener(run: CallRun, classes: ErrorClasses, isAborted: () => boolean): BodyListener {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    bytes: (piece) => {
      bytes += piece.byteLength;
      if (bytes <= largestKeptBytes && run.call.request.endpoint !== 'other') pieces.push(piece);
      else pieces = [];
    },
    text: (text) => {
      // openai 7 parses this very text and hands the value over; parsing it here would be the second time.
      if (!run.parsing && run.call.request.endpoint !== 'other') readValue(run, parse(text));
    },
    json: (value) => {
      pieces = [];
      readValue(run, value);
    },
    end: (end) => {
      if (run.parsing) return;
      if (pieces.length > 0) readValue(run, parse(Buffer.concat(pieces).toString('utf8')));
      run.endWith(end.kind === 'complete' ? endingOf(run) : brokenOff(end, classes, isAborted));
    },
  };
}

/** Takes in a whole parsed body. */
export function readValue(run: CallRun, value: unknown): void {
  const body = asObject(value);
  if (!body) return;
  const { endpoint } = run.call.request;
  if (endpoint === 'chat') readChat(run.answer, body);
  else if (endpoint === 'responses') readResponse(run.answer, body);
  else if (endpoint === 'embeddings') readOther(run.answer, body);
}

/** The whole answer is here: what was it worth? */
export function endingOf(run: CallRun): Ending {
  const { answer } = run;
  const { endpoint } = run.call.request;
  if (answer.failure) return { outcome: 'error', errorType: failureType(answer) };
  const generates = endpoint === 'chat' || endpoint === 'responses';
  const billed =
    (answer.usage?.outputTokens ?? 0) > 0 || answer.response.finishReasons?.includes('length') === true;
  return { outcome: generates && answer.finished && !answer.visible && billed ? 'empty' : 'ok' };
}

/** The body was not read to its end: by the caller's will, or against it. */
function brokenOff(
  end: Exclude<BodyEnd, { kind: 'complete' }>,
  classes: ErrorClasses,
  isAborted: () => boolean,
): Ending {
  if (end.kind === 'cancelled' || isAborted()) return { outcome: 'cancelled', errorType: 'cancelled' };
  return { outcome: 'error', errorType: errorTypeOf(end.error, classes), error: end.error };
}

function failureType(answer: Answer): ErrorType {
  return answer.failure?.code === 'insufficient_quota' ? 'insufficient_quota' : 'provider_error';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Our own reading must not throw into the reader of the body. */
function guard(core: Core, run: CallRun, listener: BodyListener): BodyListener {
  let over = false;
  const safely = (work: () => void): void => {
    if (over || run.ended) return;
    try {
      work();
    } catch (fault) {
      core.report('Reading an answer', fault);
    }
  };
  return {
    bytes: (piece) =>
      safely(() => {
        run.touchBody();
        listener.bytes(piece);
      }),
    text: (text) => safely(() => listener.text(text)),
    json: (value) => safely(() => listener.json(value)),
    end: (end) =>
      safely(() => {
        // While openai 7 may still ask again, the end of a body is not the end of the call.
        over = !run.parsing;
        listener.end(end);
      }),
  };
}
