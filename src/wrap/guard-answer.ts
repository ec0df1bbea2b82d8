import { type EventKind, isRetriableEvent, kindOfEvent } from '../attempt/classify.ts';
import { TelltaleError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { readFailure } from '../send/answer.ts';
import { BodyGuard, type EndCheck } from '../send/body-guard.ts';
import { FirstSign, type Sign } from '../send/first-sign.ts';
import { withBody } from '../send/same-answer.ts';
import type { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import { type Doors, type ErrorClasses, majorOf, type ResponseProps } from './doors.ts';
import { type ErrorType, errorTypeOf } from './error-type.ts';
import { keptBytesOf } from './kept-bytes.ts';
import { StreamEnd, WholeEnd } from './last-word.ts';
import { ownErrorType, timeoutError } from './own-error.ts';
import type { Steering } from './steering.ts';

/** The most of a stream that is held back for its first visible token. */
const mostHeldBytes = 1_024 * 1_024;

/** Node closes the connection of an answer that nobody can read any more, but not of one whose body has a reader, as here. */
const unreachable = new FinalizationRegistry<BodyGuard>((guard) => guard.abandon());

/** A stream that failed before there was anything in it to see. */
export interface EarlyFailure {
  readonly errorType: ErrorType;
  /** What it comes to for a fallback, which knows nothing of streams. */
  readonly fallbackType: ErrorType;
  readonly error: unknown;
  /** False where the same request would only fail in the same way. */
  readonly isRetriable: boolean;
  /** There is another attempt: lets go of this one. */
  abandon(): void;
  /** There is none: the answer is the caller's as it came. */
  keep(): void;
}

/**
 * Puts a guard around the body of a good answer, and where a retry policy is set, waits for the first of a stream that
 * anybody would see. An answer that is held is handed on as it came, once that is there or no other attempt can be made.
 *
 * @throws what ended the call while it was held: its deadline, or the caller
 */
export async function guardAnswer(
  core: Core,
  run: CallRun,
  steering: Steering,
  props: ResponseProps,
  client: Doors,
): Promise<EarlyFailure | undefined> {
  const { response, controller } = props;
  const { streamed, endpoint } = run.call.request;
  const { deadline } = steering;
  const idleMs = streamed ? steering.streamIdleMs : undefined;
  const held =
    steering.retries &&
    streamed &&
    isEventStream(response.headers) &&
    (endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions')
      ? endpoint
      : undefined;
  const check = endCheckOf(run, steering, client);
  if (!held && !deadline && idleMs === undefined && !check) return undefined;
  if (!(response instanceof Response) || !response.body || response.bodyUsed) {
    if (!response.body) deadline?.dispose();
    return undefined;
  }
  const classes = client.constructor;
  let isOver = false;
  let isKept = false;
  const guard = new BodyGuard(response.body, {
    clock: core.clock,
    idleMs,
    idleError: () =>
      timeoutError(classes, new TelltaleError('stream_idle', `The stream sent nothing for ${idleMs} ms.`)),
    onOver: () => {
      isOver = true;
      if (isKept) over();
    },
  });
  const expire = (error: Error): void => {
    guard.fail(error);
    // A body that nobody reads tells nobody.
    if (run.bodyTouchedMs !== undefined && run.attempt?.endedMs === undefined) {
      run.end('error', 'deadline_exceeded', error);
    }
  };
  const over = (): void => {
    // Another attempt may be under way already.
    if (deadline?.onExpire === expire) deadline.dispose();
  };
  if (deadline) deadline.onExpire = expire;
  const pieces: Uint8Array[] = [];
  const failure = held && (await hold(guard, new FirstSign(held, majorOf(client)), pieces));
  if (failure && ownErrorType(failure.error) === 'deadline_exceeded') throw failure.error;
  if (failure?.kind === 'failed' && run.signal?.aborted) {
    throw classes.APIUserAbortError ? new classes.APIUserAbortError() : failure.error;
  }
  const body = guard.rest(pieces, controller.signal, check);
  unreachable.register(body, guard);
  (props as { response: Response }).response = withBody(response, body);
  const keep = (): void => {
    isKept = true;
    if (isOver) over();
  };
  if (!failure) {
    keep();
    return undefined;
  }
  const types = typesOf(failure, classes);
  const isRetriable = failure.kind !== 'error' || isRetriableEvent(failure.error);
  const abandon = (): void => {
    deadline?.goOn();
    // Nobody else reads what it said, and the circuit breaker asks for it.
    if (failure.kind === 'error') readFailure(run.answer, failure.error);
    guard.abandon();
    controller.abort();
  };
  return { ...types, error: failure.error, isRetriable, abandon, keep };
}

/** A stream that nobody has seen anything of is, to a fallback, as good as an error in its place. */
function typesOf(failure: Failure, classes: ErrorClasses): Pick<EarlyFailure, 'errorType' | 'fallbackType'> {
  if (failure.kind === 'failed') {
    const errorType = errorTypeOf(failure.error, classes);
    return { errorType, fallbackType: errorType };
  }
  if (failure.kind !== 'error') return { errorType: errorTypes[failure.kind], fallbackType: 'server_error' };
  const fallbackType = eventTypes[kindOfEvent(failure.error)];
  return {
    errorType: fallbackType === 'insufficient_quota' ? fallbackType : 'provider_error',
    fallbackType,
  };
}

function endCheckOf(run: CallRun, { errorEnds }: Steering, client: Doors): EndCheck | undefined {
  const { endpoint, streamed } = run.call.request;
  const isText = endpoint === 'chat' || endpoint === 'responses' || endpoint === 'completions';
  if (!errorEnds || !isText) return undefined;
  if (streamed) return new StreamEnd(run, errorEnds, client.constructor, majorOf(client));
  return errorEnds.empty ? new WholeEnd(run, client.constructor) : undefined;
}

/** A provider that does not stream may answer in JSON all the same. */
function isEventStream(headers: Headers | undefined): boolean {
  return /\bevent-stream\b/i.test(headers?.get('content-type') ?? '');
}

const errorTypes = { malformed: 'malformed_response', truncated: 'truncated' } as const;

const eventTypes: Readonly<Record<EventKind, ErrorType>> = {
  ill: 'server_error',
  throttled: 'rate_limit_exceeded',
  unpaid: 'insufficient_quota',
  other: 'provider_error',
};

type Failure =
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'error'; readonly error: JsonObject }
  | { readonly kind: 'malformed' | 'truncated'; readonly error?: undefined };

/** Reads until there is something to see. Undefined where the stream is the caller's from here on. */
async function hold(guard: BodyGuard, sign: FirstSign, pieces: Uint8Array[]): Promise<Failure | undefined> {
  let bytes = 0;
  while (bytes <= mostHeldBytes) {
    let piece: Uint8Array | undefined;
    try {
      piece = await guard.read();
    } catch (error) {
      return { kind: 'failed', error };
    }
    if (piece) {
      pieces.push(piece);
      bytes += keptBytesOf(piece);
    }
    const found: Sign = piece ? sign.push(piece) : sign.end();
    if (found.kind === 'none') continue;
    if (found.kind === 'shown') return undefined;
    // What the caller did wrong is the caller's to read.
    if (found.kind === 'error') return kindOfEvent(found.error) === 'other' ? undefined : found;
    return { kind: found.kind };
  }
  return undefined;
}
