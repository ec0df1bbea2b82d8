import { askForUsage, refusesStreamOptions } from './ask-usage.ts';
import { passGates, settleTickets } from './attempt-gate.ts';
import { readBody } from './body-reader.ts';
import { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import { describeRequest, type ServerAddress } from './describe.ts';
import {
  type Doors,
  type MakeRequest,
  majorOf,
  type ParseResponse,
  type RequestOptions,
  type ResponseProps,
  type RetryRequest,
  type ShouldRetry,
} from './doors.ts';
import { endingOf } from './ending.ts';
import { errorTypeOf } from './error-type.ts';
import { runOfProps } from './late-watch.ts';
import { currentSending, linkOptions, runOf, sendInContext } from './links.ts';
import type { IsPlain } from './plain-path.ts';
import { retryAfterMs } from './retry-after.ts';
import { withSentModel } from './sent-model.ts';
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
): MakeRequest {
  return async function makeRequest(optionsInput, retriesRemaining, retryOfRequestLogID) {
    const startedMs = core().clock.nowMs();
    const given = await optionsInput;
    const earlier = retryOfRequestLogID === undefined ? undefined : runOf(given);
    // A backoff that was cut short by an abort leaves its timer behind in openai 6; what it starts goes nowhere.
    if (earlier?.call.outcome === 'cancelled') throw earlier.call.error;
    const run = earlier ?? new CallRun(core(), describeRequest(given, server()), startedMs, given.signal);
    const asked = earlier ? undefined : askForUsage(core(), given, client.baseURL);
    let options = asked ?? given;
    if (asked) askedFrom.set(asked, given);
    let isOwn = linkOptions(options, run);
    const { gates, report } = core();
    const tickets = gates.length > 0 ? await passGates(core(), run, client.constructor) : undefined;
    // A call that was flushed goes on, and is told of no more.
    if (run.ended) {
      if (tickets) settleTickets(report, tickets, { attempt: undefined, usage: undefined, isLast: true });
      return await bare.call(client, withSentModel(given, run.call), retriesRemaining, retryOfRequestLogID);
    }
    const sent = withSentModel(options, run.call);
    if (sent !== options) {
      if (asked) askedFrom.set(sent, given);
      options = sent;
      isOwn = linkOptions(options, run);
    }
    const attempt = run.startAttempt(tickets);
    const send = (): Promise<ResponseProps> =>
      bare.call(client, options, retriesRemaining, retryOfRequestLogID);
    try {
      const props =
        isOwn && isPlain(options)
          ? await run.within(attempt, send)
          : await run.within(attempt, () => sendInContext({ run, attempt }, options, send));
      // A later attempt of the same call, nested in this one, has already taken its answer.
      if (run.attempt === attempt && attempt.endedMs === undefined) answered(client, core(), run, props);
      return props;
    } catch (error) {
      if (run.ended || run.attempt !== attempt) throw error;
      const original = askedFrom.get(options);
      if (original && refusesStreamOptions(error)) {
        core().refusesStreamOptions.add(client.baseURL ?? '');
        noteStatus(run, error);
        run.endAttempt(String(run.attempt?.status ?? 400));
        linkOptions(original, run);
        return await makeRequest(original, retriesRemaining, retryOfRequestLogID ?? 'stream_options');
      }
      failed(client, run, error, options);
      throw error;
    }
  };
}

/** Around `shouldRetry`: it is shown every bad answer, also where a replaced `fetchWithTimeout` passes the fetch door by. */
export function observedShouldRetry(client: Doors, bare: ShouldRetry): ShouldRetry {
  return function shouldRetry(...args) {
    const [response] = args;
    const { run, attempt } = currentSending() ?? {};
    if (run && attempt && attempt.status === undefined && response instanceof Response) {
      attempt.sent = true;
      run.answered(attempt, response.status, response.headers);
    }
    return bare.apply(client, args);
  };
}

/** Around `retryRequest`: once for each wait before another attempt. */
export function observedRetryRequest(client: Doors, core: () => Core, bare: RetryRequest): RetryRequest {
  return function retryRequest(...args) {
    const [options, , , headers] = args;
    const run = runOf(options);
    if (!run || run.ended) return bare.apply(client, args);
    const { attempt } = run;
    run.endAttempt(
      attempt?.status !== undefined && attempt.status >= 400
        ? String(attempt.status)
        : (attempt?.errorType ?? (attempt?.status === undefined ? '_OTHER' : 'timeout')),
    );
    run.startBackoff(retryAfterMs(headers, core().clock.epochMs()));
    const result = bare.apply(client, args);
    // openai 7 ends a backoff on an abort by itself; 6 sleeps on.
    return majorOf(client) === 7 ? result : raceAbort(client, options, run, result);
  };
}

/** Around openai 7's `parseResponseWithTimeout`: the end of a JSON body is the end of the call only when it says so. */
export function observedParse(client: Doors, bare: ParseResponse): ParseResponse {
  return async function parseResponseWithTimeout(...args) {
    const [, props] = args;
    const run = runOfProps(props);
    if (!run || run.ended || run.parsing) return await bare.apply(client, args);
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
    } catch (error) {
      run.parsing = false;
      const errorType = errorTypeOf(error, client.constructor);
      const stopped = errorType === 'cancelled' || run.signal?.aborted === true;
      run.end(stopped ? 'cancelled' : 'error', errorType, error);
      throw error;
    }
  };
}

function answered(client: Doors, core: Core, run: CallRun, props: ResponseProps): void {
  try {
    const { attempt } = run;
    const { response } = props;
    if (attempt && attempt.status === undefined) {
      attempt.sent = true;
      run.answered(attempt, response.status, response.headers);
    }
    readBody(core, run, props, client, askedFrom.has(props.options));
  } catch (fault) {
    core.report('Watching an answer', fault);
  }
}

function failed(client: Doors, run: CallRun, error: unknown, options: RequestOptions): void {
  const errorType = errorTypeOf(error, client.constructor);
  noteStatus(run, error);
  if (errorType === 'cancelled' || (options.signal?.aborted && run.attempt?.status === undefined)) {
    run.endAttempt('cancelled', error);
    run.end('cancelled', 'cancelled', error);
    return;
  }
  const status = run.attempt?.status;
  run.endAttempt(status === undefined || status < 400 ? errorType : String(status), error);
  run.end('error', errorType, error);
}

/** Where the answer did not pass the fetch door, the thrown error still tells its status. */
function noteStatus(run: CallRun, error: unknown): void {
  const { status, headers } = (error ?? {}) as { status?: unknown; headers?: unknown };
  const { attempt } = run;
  if (!attempt || attempt.status !== undefined || typeof status !== 'number') return;
  attempt.sent = true;
  run.answered(attempt, status, headers instanceof Headers ? headers : undefined);
}

function raceAbort(
  client: Doors,
  options: RequestOptions,
  run: CallRun,
  result: Promise<ResponseProps>,
): Promise<ResponseProps> {
  const { signal } = options;
  const AbortError = client.constructor.APIUserAbortError;
  const { attempt } = run;
  if (!signal || !AbortError) return result;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // Once the next attempt waits for a limit, or runs, the limit or the client itself answers the abort.
      if (run.attempt !== attempt || run.isAtGates) return;
      const error = new AbortError();
      run.end('cancelled', 'cancelled', error);
      reject(error);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
