import type { TokenEstimate, TokenEstimator } from '../admit/estimate-tokens.ts';
import type { Limiter } from '../admit/limiter.ts';
import type { Permit } from '../admit/permit.ts';
import type { CallRequest } from '../call.ts';
import { currentCallContext } from '../call-with.ts';
import { TelltaleError } from '../errors.ts';
import type { AttemptGate, AttemptOver, AttemptTicket } from './attempt-gate.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses } from './doors.ts';
import { timeoutError } from './own-error.ts';

/** Asks a limiter for each attempt, before it is made: there the wait does not eat the client's time-out. */
export class Admission implements AttemptGate {
  readonly limiter: Limiter;
  readonly #estimator: TokenEstimator;

  constructor(limiter: Limiter, estimator: TokenEstimator) {
    this.limiter = limiter;
    this.#estimator = estimator;
  }

  admit(run: CallRun, classes: ErrorClasses): Promise<AttemptTicket | undefined> | undefined {
    return isLimited(run.request) ? this.#wait(run, classes) : undefined;
  }

  /**
   * Waits until the next attempt of a call may go.
   *
   * @throws what the client throws when the caller aborts; a `RateLimitError` of the client where the limiter refuses
   */
  async #wait(run: CallRun, classes: ErrorClasses): Promise<AttemptTicket | undefined> {
    const { request } = run;
    const { priority = 'medium', user, project } = currentCallContext();
    const { signal, steering } = run;
    const deadline = steering?.deadline;
    const estimate = this.#estimator.estimate(request.body, request.endpoint);
    const { tokens } = estimate;
    // One that was flushed is told of no more.
    if (!run.ended) run.throttleStarted(priority);
    // The client itself says so, in its own way, and sends nothing.
    if (signal?.aborted) {
      run.throttleStartedMs = undefined;
      return undefined;
    }
    let permit: Permit;
    try {
      permit = await this.limiter.acquire({
        tokens,
        priority,
        ...(request.model !== undefined && { model: request.model }),
        ...(user !== undefined && { user }),
        ...(project !== undefined && { project }),
        ...(signal && { signal }),
        ...(deadline && { deadlineMs: Math.max(0, deadline.leftMs) }),
      });
    } catch (error) {
      if (signal?.aborted) {
        const aborted = classes.APIUserAbortError ? new classes.APIUserAbortError() : error;
        run.throttleEnded({ ahead: 0, tokens, refusal: 'aborted' });
        run.end('cancelled', 'cancelled', aborted);
        throw aborted;
      }
      const refusal = error instanceof TelltaleError ? error : undefined;
      run.throttleEnded({
        ahead: 0,
        tokens,
        refusal: refusal?.code ?? '_OTHER',
        ...(refusal?.limit !== undefined && { limit: refusal.limit }),
      });
      if (refusal?.code === 'deadline_exceeded') throw timeoutError(classes, refusal);
      throw refusal ? refusedError(refusal, classes) : error;
    }
    const { ahead, heldBy, waitMs } = permit;
    // By the limiter's own word: a clock has moved on even where nothing waited.
    run.throttleEnded({ ahead, tokens, ...(heldBy !== undefined && { limit: heldBy }) }, waitMs === 0);
    return {
      settle: (over) => this.#settle(permit, estimate, over),
      release: () => permit.release(),
    };
  }

  /** An attempt is over: gives back what it did not use, and learns from what the provider said. */
  #settle(permit: Permit, estimate: TokenEstimate, { attempt, usage }: AttemptOver): void {
    if (!attempt) {
      permit.settle();
      return;
    }
    const { status, headers, error, startedMs } = attempt;
    const isKnown = usage?.source === 'provider' && usage.inputTokens !== undefined;
    if (status !== undefined && status >= 400) {
      // The provider counts a request that it turned down, and none of its tokens.
      permit.settle({ tokens: 0 });
    } else if (isKnown) {
      const { inputTokens = 0, outputTokens = 0 } = usage;
      permit.settle({ tokens: inputTokens + outputTokens });
      this.#estimator.learn(estimate, { promptTokens: inputTokens, outputTokens: usage.outputTokens });
    } else {
      permit.settle();
    }
    if (headers) this.limiter.learn({ permit, headers, status, error, startedMs });
  }
}

/** Limits are for the endpoints at which models work; the others have limits of their own that nobody publishes. */
function isLimited({ endpoint }: CallRequest): boolean {
  return endpoint !== 'other' && endpoint !== 'fetch_response';
}

/**
 * Callers catch what the provider would have said: status 429, with `retry-after`. Its `code` and its cause say who
 * really said it.
 */
export function refusedError(refusal: TelltaleError, { RateLimitError }: ErrorClasses): Error {
  if (!RateLimitError) return refusal;
  const headers = new Headers({ 'x-should-retry': 'false' });
  const { retryAfterMs } = refusal;
  if (retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
    headers.set('retry-after-ms', String(retryAfterMs));
  }
  const { code, message } = refusal;
  const body = { message, type: 'telltale', code, param: null };
  const error = new RateLimitError(429, body, message, headers);
  error.cause = refusal;
  return error;
}
