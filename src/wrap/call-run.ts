import type { Attempt, Backoff, Call, CallRequest, Outcome, Priority, Throttle, Usage } from '../call.ts';
import { type Answer, newAnswer } from '../send/answer.ts';
import { type AttemptTicket, settleTickets } from './attempt-gate.ts';
import type { BackgroundJob } from './background-jobs.ts';
import { type CallContent, contentOf } from './call-content.ts';
import { CallListeners } from './call-listeners.ts';
import { ChunkTimes } from './chunk-times.ts';
import type { Core } from './core.ts';
import type { Ending } from './ending.ts';
import type { ErrorType } from './error-type.ts';
import type { Journey } from './fallback.ts';
import { newCall } from './new-call.ts';
import type { OpenCall } from './open-calls.ts';
import { settleMoney } from './settle.ts';
import type { Steering } from './steering.ts';

/**
 * The life of one call, as told by the doors: attempts, waits between them and exactly one end. Whatever is reported
 * after the end is ignored, so that no order of events can end a call twice.
 */
export class CallRun implements OpenCall {
  readonly call: Call;
  /** What is asked now, and of whom: another model, or another server, where the call went on there. */
  request: CallRequest;
  /** Where the call may go on elsewhere. */
  journey: Journey | undefined;
  /** The caller's own. */
  readonly signal: AbortSignal | null | undefined;
  readonly #core: Core;
  readonly #listeners: CallListeners;
  /** The attempt that was started last; it may have ended. */
  attempt: Attempt | undefined;
  /** What the answer to the current attempt has said so far. */
  answer: Answer = newAnswer();
  /** Undefined where no content is recorded. */
  readonly content: CallContent | undefined;
  /** Of the gates, for the current attempt; undefined where there are none, or they were given back. */
  #tickets: readonly AttemptTicket[] | undefined;
  /** True while the next attempt waits for what may refuse it, which answers an abort itself. */
  isAtGates = false;
  /** True while openai 7 reads a JSON body and may still decide to ask again. */
  parsing = false;
  /** When a watched body was last touched; undefined while there is none. */
  bodyTouchedMs: number | undefined;
  /** Called at the end, to let go of what was held until then. */
  atEnd: (() => void) | undefined;
  previousOpen: OpenCall | undefined;
  nextOpen: OpenCall | undefined;
  #backoff: Backoff | undefined;
  /** Undefined where it waits for no limiter. */
  throttleStartedMs: number | undefined;

  /** Undefined where openai's own rules hold and nothing else; another one once the call has gone on elsewhere. */
  steering: Steering | undefined;

  constructor(
    core: Core,
    request: CallRequest,
    startedMs: number,
    signal?: AbortSignal | null,
    steering?: Steering,
  ) {
    this.#core = core;
    this.steering = steering;
    this.signal = signal;
    this.request = request;
    this.call = newCall(request, startedMs, this.answer.response);
    core.open.add(this);
    this.#listeners = new CallListeners(core, this.call);
    this.content = core.content && contentOf(core, core.content, request, this.#listeners.all);
  }

  get ended(): boolean {
    return this.call.outcome !== undefined;
  }

  startAttempt(tickets?: readonly AttemptTicket[]): Attempt {
    this.#endBefore();
    this.#tickets = tickets;
    const attempt: Attempt = {
      call: this.call,
      index: this.call.attempts++,
      startedMs: this.#core.clock.nowMs(),
      sent: false,
    };
    const fallback = this.call.fallbacks?.at(-1);
    if (fallback) attempt.fallback = fallback;
    if (this.attempt) this.answer = newAnswer();
    this.attempt = attempt;
    this.bodyTouchedMs = undefined;
    this.#listeners.notify('attemptStarted', attempt);
    return attempt;
  }

  #endBefore(): void {
    // The replay after a 401 comes without a wait, so nothing else has ended the attempt before.
    const before = this.attempt;
    this.endAttempt(before?.status === undefined ? before?.errorType : String(before.status));
    this.#endBackoff();
  }

  /** Runs `send`, once, in the context that the observers want for the attempt. */
  within<T>(attempt: Attempt, send: () => Promise<T>): Promise<T> {
    return this.#listeners.within(attempt, send);
  }

  /** The request is about to leave. */
  sending(attempt: Attempt, headers: Headers | undefined): void {
    attempt.sent = true;
    if (!headers) return;
    this.content?.sending(headers);
    this.#listeners.sending(attempt, headers);
  }

  /** The headers of an answer, good or bad, arrived. */
  answered(attempt: Attempt, status: number, headers: Headers | undefined): void {
    if (attempt.endedMs !== undefined) return;
    attempt.status = status;
    if (headers) attempt.headers = headers;
  }

  /** The current attempt is over; the call may go on. */
  endAttempt(errorType?: string, error?: unknown, endedMs = this.#core.clock.nowMs()): void {
    const { attempt } = this;
    if (!attempt || attempt.endedMs !== undefined) return;
    attempt.endedMs = endedMs;
    if (errorType !== undefined) attempt.errorType ??= errorType;
    if (error !== undefined) attempt.error ??= error;
    this.#listeners.notify('attemptEnded', attempt);
  }

  /** It is asked whether the next attempt may go. */
  reachGates(): void {
    this.#endBefore();
    this.#settle(undefined, false);
    this.isAtGates = true;
  }

  /** A limiter is asked. */
  throttleStarted(priority: Priority): void {
    this.call.priority = priority;
    this.throttleStartedMs = this.#core.clock.nowMs();
  }

  /** It has answered. */
  throttleEnded(answer: Pick<Throttle, 'ahead' | 'tokens' | 'limit' | 'refusal'>, isAtOnce = false): void {
    const { call, throttleStartedMs: startedMs } = this;
    this.throttleStartedMs = undefined;
    if (startedMs === undefined || this.ended) return;
    const endedMs = isAtOnce ? startedMs : this.#core.clock.nowMs();
    call.throttleMs = (call.throttleMs ?? 0) + endedMs - startedMs;
    const { priority = 'medium' } = call;
    this.#listeners.notify('throttled', { ...answer, call, startedMs, endedMs, priority });
  }

  /** Something else than a limit, whose `throttled` tells of it, does not let the next attempt go. */
  refused(reason: string, budget?: string): void {
    const refusal = { call: this.call, reason, ...(budget !== undefined && { budget }) };
    if (!this.ended) this.#listeners.notify('refused', refusal);
  }

  #settle(usage: Usage | undefined, isLast: boolean, job?: BackgroundJob): void {
    const tickets = this.#tickets;
    if (!tickets) return;
    this.#tickets = undefined;
    settleTickets(this.#core.report, tickets, { attempt: this.attempt, usage, isLast, job });
  }

  /** A wait begins, after which the client tries again. `serverMs` is what the server asked for, if it did. */
  startBackoff(serverMs: number | undefined): void {
    const { attempt } = this;
    this.#settle(undefined, false);
    this.#backoff = {
      call: this.call,
      startedMs: this.#core.clock.nowMs(),
      reason: attempt?.errorType ?? String(attempt?.status ?? '_OTHER'),
      rule: serverMs === undefined ? 'policy' : 'server',
    };
    this.#listeners.notify('backoffStarted', this.#backoff);
  }

  #endBackoff(): void {
    const backoff = this.#backoff;
    if (!backoff) return;
    this.#backoff = undefined;
    backoff.endedMs = this.#core.clock.nowMs();
    this.call.backoffMs += backoff.endedMs - backoff.startedMs;
    this.#listeners.notify('backoffEnded', backoff);
  }

  /** `count` chunks of a stream arrived together, with the piece of the body that was touched last. */
  chunksRead(count: number): void {
    this.#chunks ??= new ChunkTimes(this.call, this.#listeners);
    this.#chunks.read(count, this.bodyTouchedMs ?? this.#core.clock.nowMs());
  }
  #chunks: ChunkTimes | undefined;

  /** A piece of a stream came that may name the background Response, which others may ask for from then on. */
  jobRead(): void {
    this.#core.jobs.begun(this.call, this.answer);
  }

  /**
   * The body is there and may be read now, later, or never. `response`, where given, is watched by the garbage
   * collector too, which is not free.
   */
  awaitBody(response: object | undefined): void {
    this.touchBody();
    this.#core.open.watch(this, response);
  }

  touchBody(): void {
    this.bodyTouchedMs = this.#core.clock.nowMs();
  }

  /** Nobody will read the body any more. */
  abandon(errorType?: ErrorType): void {
    this.end('abandoned', errorType);
  }

  endWith(ending: Ending): void {
    this.end(ending.outcome, ending.errorType, ending.error);
  }

  end(outcome: Outcome, errorType?: string, error?: unknown): void {
    const { call } = this;
    if (this.ended) return;
    this.#endBackoff();
    if (this.journey?.goesOn(outcome, errorType)) {
      this.endAttempt(errorType, error);
      this.#settle(undefined, false);
      return;
    }
    call.outcome = outcome;
    if (errorType !== undefined) call.errorType = errorType;
    if (error !== undefined) call.error = error;
    const endedMs = this.#core.clock.nowMs();
    this.endAttempt(errorType, error, endedMs);
    call.endedMs = endedMs;
    this.#core.open.remove(this);
    this.atEnd?.();
    this.atEnd = undefined;
    const job = settleMoney(call, this.answer, this.attempt?.status, this.#core);
    this.#settle(call.usage, true, job);
    this.content?.tell(call, this.answer.failure?.message);
    this.#listeners.notify('ended', call);
  }
}
