import { isRetriableAnswer } from '../attempt/classify.ts';
import { serverWishMs } from '../attempt/server-wish.ts';
import type { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import {
  type Doors,
  majorOf,
  type RequestOptions,
  type ResponseProps,
  type RetryRequest,
  type ShouldRetry,
} from './doors.ts';
import { readErrorBody } from './error-body.ts';
import { currentSending, linkedOf, runOf } from './links.ts';
import { retryAfterMs, shortestWaitMs } from './retry-after.ts';
import type { Steering } from './steering.ts';
import { waitFor } from './wait.ts';

/**
 * Around `shouldRetry`: it is shown every bad answer, also where a replaced `fetchWithTimeout` passes the fetch door by.
 * Where a policy or a deadline is set, it decides.
 */
export function observedShouldRetry(client: Doors, core: () => Core, bare: ShouldRetry): ShouldRetry {
  return function shouldRetry(...args) {
    const [response] = args;
    const { run, attempt } = currentSending() ?? linkedOf(response) ?? {};
    if (run && attempt && attempt.status === undefined && response instanceof Response) {
      attempt.sent = true;
      run.answered(attempt, response.status, response.headers);
    }
    if (!run?.steering || !(response instanceof Response)) return bare.apply(client, args);
    const { steering } = run;
    if (steering.retries) return decide(core(), run, steering, response);
    return decideByDeadline(core(), run, steering, response, bare.apply(client, args));
  };
}

/** By our own policy. */
async function decide(
  { clock }: Core,
  run: CallRun,
  { retries, deadline }: Steering,
  response: Response,
): Promise<boolean> {
  const { status, headers } = response;
  const shouldRetry = headers.get('x-should-retry');
  // Nothing but the body tells an empty account from a full minute.
  const error = status === 429 ? await readErrorBody(response, clock) : undefined;
  if (!isRetriableAnswer({ status, shouldRetry, error })) return false;
  // The client knows that there are none left, and says so in its log.
  if (!retries || retries.remaining === 0) return true;
  const leftMs = deadline?.leftMs ?? Number.POSITIVE_INFINITY;
  return retries.plan(run.call.attempts, leftMs, serverWishMs(headers, clock.epochMs()));
}

/** By openai's rules, unless the shortest wait that they can come to ends behind the deadline. */
async function decideByDeadline(
  { clock }: Core,
  run: CallRun,
  { deadline }: Steering,
  { headers }: Response,
  verdict: Promise<boolean>,
): Promise<boolean> {
  if (!(await verdict)) return false;
  return !deadline || shortestWaitMs(headers, clock.epochMs(), run.call.attempts - 1) < deadline.leftMs;
}

/** Around `retryRequest`: once for each wait before another attempt. */
export function observedRetryRequest(client: Doors, core: () => Core, bare: RetryRequest): RetryRequest {
  return function retryRequest(...args) {
    const [options, , , headers] = args;
    const run = runOf(options);
    if (!run) return bare.apply(client, args);
    const { attempt, steering } = run;
    const { clock } = core();
    steering?.deadline?.goOn();
    if (!run.ended) {
      run.endAttempt(
        attempt?.status !== undefined && attempt.status >= 400
          ? String(attempt.status)
          : (attempt?.errorType ?? (attempt?.status === undefined ? '_OTHER' : 'timeout')),
      );
    }
    if (steering?.retries) return retryByPolicy(client, core(), run, steering, args);
    if (run.ended) return bare.apply(client, args);
    const { deadline } = steering ?? {};
    if (deadline && shortestWaitMs(headers, clock.epochMs(), run.call.attempts - 1) >= deadline.leftMs)
      return Promise.reject(lastFailure(client, run));
    run.startBackoff(retryAfterMs(headers, clock.epochMs()));
    const result = bare.apply(client, args);
    // openai 7 ends a backoff on an abort by itself; 6 sleeps on.
    return majorOf(client) === 7 ? result : raceAbort(client, options, run, result);
  };
}

/** Waits as the policy says, and goes back into openai's own loop. */
async function retryByPolicy(
  client: Doors,
  { clock }: Core,
  run: CallRun,
  { retries, deadline }: Steering,
  [options, remaining, requestLogID, headers, requestSignal]: Parameters<RetryRequest>,
): Promise<ResponseProps> {
  let plan = retries?.take();
  if (!plan) {
    const leftMs = deadline?.leftMs ?? Number.POSITIVE_INFINITY;
    retries?.plan(run.call.attempts, leftMs, serverWishMs(headers, clock.epochMs()));
    plan = retries?.take();
  }
  if (!plan) throw lastFailure(client, run);
  if (!run.ended) run.startBackoff(plan.serverMs);
  const aborted = await waitFor(clock, plan.delayMs, [options.signal, requestSignal]);
  if (aborted) {
    if (deadline?.error && !run.signal?.aborted) throw deadline.error;
    const error = abortError(client, aborted);
    run.end('cancelled', 'cancelled', error);
    throw error;
  }
  return await client.makeRequest(options, Math.max(0, remaining - 1), requestLogID);
}

/** What the client throws when there are no retries left and no answer came. */
function lastFailure({ constructor: classes }: Doors, { attempt }: CallRun): unknown {
  const { APIConnectionError, APIConnectionTimeoutError } = classes;
  const { error, errorType } = attempt ?? {};
  if (errorType === 'timeout' && APIConnectionTimeoutError) {
    const timeout: Error = new APIConnectionTimeoutError();
    if (error !== undefined) timeout.cause = error;
    return timeout;
  }
  return APIConnectionError ? new APIConnectionError({ cause: error }) : error;
}

function abortError(client: Doors, signal: AbortSignal): Error {
  const { APIUserAbortError } = client.constructor;
  if (typeof client._makeUserAbortError === 'function') return client._makeUserAbortError(signal);
  return APIUserAbortError ? new APIUserAbortError() : (signal.reason as Error);
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
      const { error: pastDeadline } = run.steering?.deadline ?? {};
      if (pastDeadline && !run.signal?.aborted) {
        reject(pastDeadline);
        return;
      }
      const error = new AbortError();
      run.end('cancelled', 'cancelled', error);
      reject(error);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
