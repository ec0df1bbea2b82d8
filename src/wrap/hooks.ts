import { askForUsage, refusesStreamOptions } from './ask-usage.ts';
import { passGates, settleTickets } from './attempt-gate.ts';
import { readBody } from './body-reader.ts';
import { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import { explained } from './deadline-error.ts';
import { describeRequest, type ServerAddress } from './describe.ts';
import type { Doors, MakeRequest, ParseResponse, RequestOptions, ResponseProps } from './doors.ts';
import { endingOf } from './ending.ts';
import { errorTypeOf } from './error-type.ts';
import type { Journey, JourneyRequest } from './fallback.ts';
import { guardAnswer } from './guard-answer.ts';
import { runOfProps } from './late-watch.ts';
import { linkOptions, runOf, sendInContext } from './links.ts';
import { ownEnding } from './own-error.ts';
import type { IsPlain } from './plain-path.ts';
import { withSentModel } from './sent-model.ts';
import { type Steering, steeredOptions, steeringOf } from './steering.ts';
import { readValue } from './whole-body.ts';

/** Options that this module changed to ask for usage, and what the caller had given. */
const askedFrom = new WeakMap<RequestOptions, RequestOptions>();

/** Around `makeRequest`: once for each attempt. */
export function observedMakeRequest(
  client: Doors,
  core: () => Core,
  bare: MakeRequest,
  server: () => ServerAddress,
  isPlain: IsPlain,
): JourneyRequest {
  return async function makeRequest(optionsInput, retriesRemaining, retryOfRequestLogID, journey?: Journey) {
    const startedMs = core().clock.nowMs();
    const given = await optionsInput;
    const earlier = retryOfRequestLogID === undefined ? undefined : runOf(given);
    // A backoff that was cut short leaves its timer behind in openai 6; what it starts goes nowhere.
    if (earlier?.call.outcome === 'cancelled') throw earlier.call.error;
    if (earlier?.steering?.deadline?.error) throw earlier.steering.deadline.error;
    const steering = earlier ? earlier.steering : steeringOf(core(), client, given, startedMs);
    const run =
      earlier ?? new CallRun(core(), describeRequest(given, server()), startedMs, given.signal, steering);
    journey?.begin(run);
    const own = steering && !earlier ? steeredOptions(given, steering) : given;
    // Also of another client, to which the call has just gone on.
    const isFirst = !earlier || journey !== undefined || retryOfRequestLogID === 'fallback';
    const asked = isFirst ? askForUsage(core(), own, client.baseURL) : undefined;
    let options = asked ?? own;
    if (asked) askedFrom.set(asked, own);
    const remaining = steering?.retries?.remaining ?? retriesRemaining;
    let isOwn = linkOptions(options, run);
    const { gates, report } = core();
    const tickets = gates.length > 0 ? await passGates(core(), run, client.constructor) : undefined;
    // A call that was flushed goes on, and is told of no more.
    if (run.ended) {
      if (tickets) settleTickets(report, tickets, { attempt: undefined, usage: undefined, isLast: true });
      const untold = (): Promise<ResponseProps> =>
        bare.call(client, withSentModel(own, run.call), remaining, retryOfRequestLogID);
      return steering ? await guardedUntold(client, core(), run, steering, untold) : await untold();
    }
    const sent = withSentModel(options, run.call);
    if (sent !== options) {
      if (asked) askedFrom.set(sent, own);
      options = sent;
      isOwn = linkOptions(options, run);
    }
    const attempt = run.startAttempt(tickets);
    const send = (): Promise<ResponseProps> => bare.call(client, options, remaining, retryOfRequestLogID);
    try {
      const props =
        isOwn && isPlain(options)
          ? await run.within(attempt, send)
          : await run.within(attempt, () => sendInContext({ run, attempt }, options, send));
      // A later attempt of the same call, nested in this one, has already taken its answer.
      if (run.attempt !== attempt || attempt.endedMs !== undefined) return props;
      const again = steering && (await guarded(client, core(), run, steering, props));
      if (again) return await again();
      return answered(client, core(), run, props);
    } catch (caught) {
      const error = explained(run, caught, client.constructor);
      const isLeaving = run.journey?.isLeaving === true;
      if (run.ended || isLeaving || run.attempt !== attempt) {
        if (!isLeaving) steering?.deadline?.dispose();
        throw error;
      }
      const original = askedFrom.get(options);
      if (original && refusesStreamOptions(error)) {
        core().refusesStreamOptions.add(client.baseURL ?? '');
        noteStatus(run, error);
        run.endAttempt(String(run.attempt?.status ?? 400));
        linkOptions(original, run);
        return await makeRequest(original, retriesRemaining, retryOfRequestLogID ?? 'stream_options');
      }
      failed(client, run, error);
      // Where the call goes on elsewhere, its deadline goes on too.
      if (run.ended) steering?.deadline?.dispose();
      throw error;
    }
  };
}

/** A call that was flushed keeps its deadline. */
async function guardedUntold(
  client: Doors,
  core: Core,
  run: CallRun,
  steering: Steering,
  send: () => Promise<ResponseProps>,
): Promise<ResponseProps> {
  try {
    const props = await send();
    (await guardAnswer(core, run, steering, props, client))?.keep();
    return props;
  } catch (error) {
    steering.deadline?.dispose();
    throw explained(run, error, client.constructor);
  }
}

/** Around openai 7's `parseResponseWithTimeout`: the end of a JSON body is the end of the call only when it says so. */
export function observedParse(client: Doors, bare: ParseResponse): ParseResponse {
  return async function parseResponseWithTimeout(...args) {
    const [, props] = args;
    const run = runOfProps(props);
    if (!run || run.ended || run.parsing) return await bare.apply(client, args);
    // Whoever answered reads it, and asks again where that stalls.
    const other = run.journey?.answeredBy;
    if (other?.parseResponseWithTimeout && other !== client)
      return await other.parseResponseWithTimeout(...args);
    run.parsing = true;
    try {
      const value = await bare.apply(client, args);
      // A binary answer is handed over unread: its end is the end of its body.
      const isUnread = value === props.response;
      run.parsing = false;
      if (isUnread) return props.response;
      readValue(run, value);
      run.endWith(endingOf(run));
      return value;
    } catch (caught) {
      run.parsing = false;
      const error = explained(run, caught, client.constructor);
      run.steering?.deadline?.dispose();
      const own = ownEnding(error);
      if (own) run.endWith(own);
      const errorType = errorTypeOf(error, client.constructor);
      const stopped = errorType === 'cancelled' || run.signal?.aborted === true;
      run.end(stopped ? 'cancelled' : 'error', errorType, error);
      throw error;
    }
  };
}

/**
 * Gives what makes the next attempt, where this one is a stream that failed before there was anything to see.
 *
 * @throws where there is none, and the call goes on elsewhere
 */
async function guarded(
  client: Doors,
  core: Core,
  run: CallRun,
  steering: Steering,
  props: ResponseProps,
): Promise<(() => Promise<ResponseProps>) | undefined> {
  const early = await guardAnswer(core, run, steering, props, client);
  if (!early) return undefined;
  const { deadline } = steering;
  const retries = early.isRetriable ? steering.retries : undefined;
  if (!retries?.plan(run.call.attempts, deadline?.leftMs ?? Number.POSITIVE_INFINITY, undefined)) {
    if (run.journey?.goesOn('error', early.fallbackType)) {
      early.abandon();
      run.end('error', early.errorType, early.error);
      throw early.error;
    }
    early.keep();
    return undefined;
  }
  early.abandon();
  run.endAttempt(early.errorType, early.error);
  const { options, requestLogID, retryOfRequestLogID, requestSignal } = props;
  return () =>
    client.retryRequest(
      options,
      retries.remaining + 1,
      retryOfRequestLogID ?? requestLogID,
      undefined,
      requestSignal ?? options.signal,
    );
}

/** Gives what the client gets in the place of `props`. */
function answered(client: Doors, core: Core, run: CallRun, props: ResponseProps): ResponseProps {
  try {
    const { attempt } = run;
    const { response } = props;
    if (attempt && attempt.status === undefined) {
      attempt.sent = true;
      run.answered(attempt, response.status, response.headers);
    }
    return readBody(core, run, props, client, askedFrom.has(props.options));
  } catch (fault) {
    core.report('Watching an answer', fault);
    return props;
  }
}

function failed(client: Doors, run: CallRun, error: unknown): void {
  const errorType = errorTypeOf(error, client.constructor);
  noteStatus(run, error);
  if (errorType === 'cancelled' || (run.signal?.aborted && run.attempt?.status === undefined)) {
    run.endAttempt('cancelled', error);
    run.end('cancelled', 'cancelled', error);
    return;
  }
  const status = run.attempt?.status;
  run.endAttempt(status === undefined || status < 400 ? errorType : String(status), error);
  const isRefused = errorType === 'deadline_exceeded' && !run.attempt?.sent && run.call.attempts === 1;
  run.end(isRefused ? 'refused' : 'error', errorType, error);
}

/** Where the answer did not pass the fetch door, the thrown error still tells its status. */
function noteStatus(run: CallRun, error: unknown): void {
  const { status, headers } = (error ?? {}) as { status?: unknown; headers?: unknown };
  const { attempt } = run;
  if (!attempt || attempt.status !== undefined || typeof status !== 'number') return;
  attempt.sent = true;
  run.answered(attempt, status, headers instanceof Headers ? headers : undefined);
}
