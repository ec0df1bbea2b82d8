import type { Clock } from '../clock.ts';
import { AbortWatch } from './abort-watch.ts';
import { Learner } from './learn/learner.ts';
import type { CheckedAnswer } from './learn/provider-answer.ts';
import { figuresOf } from './limit-figures.ts';
import type { CheckedRequest, LimiterStats } from './limiter.ts';
import type { CheckedOptions } from './limiter-options.ts';
import { byPriority, LimiterStatistics, type RefusalReason } from './limiter-statistics.ts';
import { longWaitMs, tellOfLongWait } from './long-wait.ts';
import { Permit, type PermitKeeper } from './permit.ts';
import { isLater, projectLast } from './projection.ts';
import { QuotaBook } from './quota-book.ts';
import type { QuotaGroup } from './quota-group.ts';
import { closedError, deadlineError, fullError, oversizeError, tooLongError } from './refusals.ts';
import type { Waiter } from './waiting-lane.ts';
import { WaitingRoom } from './waiting-room.ts';

/** The longest delay that a timer takes. */
const longestTimerMs = 2 ** 31 - 1;

/** Lets calls go, lets them wait and refuses them, with one timer for all that wait. */
export class Scheduler implements PermitKeeper {
  readonly statistics = new LimiterStatistics();
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #book: QuotaBook;
  readonly #room = new WaitingRoom();
  readonly #learner = new Learner();
  readonly #aborts = new AbortWatch();
  #sequence = 0;
  #closed = false;
  #cancelTimer: (() => void) | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #wouldWait = 0;
  #wouldRefuse = 0;
  #toldOfLongWait = false;

  constructor(options: CheckedOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#book = new QuotaBook(options.limits, options.mode);
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  acquire({ tokens, priority, request }: CheckedRequest): Promise<Permit> {
    if (this.#closed) return this.#refuse('limiter_closed', closedError());
    const { signal } = request;
    if (signal?.aborted) return this.#refuse('aborted', signal.reason);
    const nowMs = this.#clock.nowMs();
    this.#learner.advance(nowMs);
    const group = this.#book.groupOf(request, nowMs);
    if (this.#options.shadow) return Promise.resolve(this.#shadow(group, priority, tokens, nowMs));
    const oversize = oversizeError(group, tokens);
    if (oversize) return this.#refuse('oversize', oversize);
    const isFirst = this.#room.waiting === 0 || !this.#room.wouldPutOff(group);
    if (isFirst && group.roomAtMs(tokens, nowMs) <= nowMs) {
      group.take(tokens, nowMs);
      this.statistics.admitted(priority, tokens, 0, nowMs);
      return Promise.resolve(new Permit(this, group, tokens, nowMs));
    }
    return this.#wait(group, priority, tokens, request, nowMs);
  }

  #wait(
    group: QuotaGroup,
    priority: number,
    tokens: number,
    { signal, deadlineMs }: CheckedRequest['request'],
    nowMs: number,
  ): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        group,
        priority,
        tokens,
        enqueuedMs: nowMs,
        sequence: this.#sequence++,
        ahead: this.#room.waiting,
        heldBy: undefined,
        scheduler: this,
        resolve,
        reject,
        letGo: undefined,
        lane: undefined,
        previous: undefined,
        next: undefined,
      };
      this.#room.add(waiter);
      if (this.#room.isWithinReach(waiter)) this.#admit(nowMs);
      if (waiter.lane && this.#mayStay(waiter, deadlineMs, nowMs) && (signal || deadlineMs !== undefined))
        this.#watch(waiter, signal, deadlineMs);
    });
  }

  /** Refuses a waiter that just came, or makes room for it, where there is no place or its time is too short. */
  #mayStay(waiter: Waiter, deadlineMs: number | undefined, nowMs: number): boolean {
    const { maxWaiting, maxWaitMs, whenFull } = this.#options;
    const { atMs, limit } = projectLast(waiter, this.#room.turns.plan(), nowMs);
    const waitMs = atMs - nowMs;
    waiter.heldBy = limit;
    if (deadlineMs !== undefined && isLater(waitMs, deadlineMs)) {
      this.#leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs, waitMs, limit));
    } else if (waitMs > maxWaitMs) {
      this.#leave(waiter, 'wait_too_long', tooLongError(maxWaitMs, waitMs, limit));
    } else if (this.#room.waiting > maxWaiting) {
      const gives = (whenFull === 'lowest' ? this.#room.lastBelow(waiter.priority) : undefined) ?? waiter;
      const its = gives === waiter ? { atMs, limit } : projectLast(gives, this.#room.turns.plan(), nowMs);
      this.#leave(gives, 'queue_full', fullError(maxWaiting, its.atMs - nowMs, its.limit));
    } else if (waitMs > longWaitMs && deadlineMs === undefined && !this.#toldOfLongWait) {
      this.#toldOfLongWait = tellOfLongWait(waitMs, limit);
    }
    return waiter.lane !== undefined;
  }

  /** Called by the waiting room: the waiter has left it, and its tokens are taken. */
  admitted(waiter: Waiter, nowMs: number): void {
    const { group, priority, tokens, heldBy, ahead } = waiter;
    const waitMs = nowMs - waiter.enqueuedMs;
    waiter.letGo?.();
    this.statistics.admitted(priority, tokens, waitMs, nowMs);
    waiter.resolve(new Permit(this, group, tokens, nowMs, { waitMs, heldBy, ahead }));
  }

  gaveBack(): void {
    if (this.#room.waiting > 0) this.#admit(this.#clock.nowMs());
  }

  /** Whoever waits is looked at again: there may be less room than there was, or more. */
  learn(checked: CheckedAnswer): void {
    const { permit, startedMs } = checked.answer;
    const nowMs = this.#clock.nowMs();
    const origin = permit?.origin(this);
    const group = origin?.group ?? this.#book.groupOf(checked.answer, nowMs);
    this.#learner.advance(nowMs);
    this.#learner.learn(group, checked, {
      startedMs: Math.min(startedMs ?? origin?.takenMs ?? nowMs, nowMs),
      nowMs,
      epochMs: this.#clock.epochMs(),
    });
    if (this.#room.waiting > 0) this.#admit(nowMs);
  }

  stats(): LimiterStats {
    const nowMs = this.#clock.nowMs();
    this.#learner.advance(nowMs);
    const { shadow } = this.#options;
    let inFlight = 0;
    for (const group of this.#book.groups) inFlight += group.inFlight;
    return {
      ...this.statistics.summary(nowMs),
      waiting: byPriority((priority) => this.#room.waitingOf(priority)),
      inFlight,
      limits: figuresOf(this.#book.meters, nowMs),
      learning: this.#learner.figures(),
      shadow: shadow ? { wouldWait: this.#wouldWait, wouldRefuse: this.#wouldRefuse } : undefined,
      store: undefined,
    };
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
    for (const waiter of [...this.#room]) this.#leave(waiter, 'limiter_closed', closedError());
  }

  #admit(nowMs: number): void {
    this.#learner.advance(nowMs);
    const againMs = this.#room.admit(nowMs);
    if (againMs === undefined || this.#closed) this.#disarm();
    // What is open again may let them go before the time that was computed with what is open now.
    else this.#arm(Math.min(againMs, this.#learner.nextStepMs), nowMs);
  }

  #arm(atMs: number, nowMs: number): void {
    if (atMs === this.#timerMs) return;
    this.#disarm();
    this.#timerMs = atMs;
    const task = (): void => {
      this.#cancelTimer = undefined;
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.#admit(this.#clock.nowMs());
    };
    const delayMs = Math.min(Math.ceil(atMs - nowMs), longestTimerMs);
    this.#cancelTimer = this.#clock.schedule(task, delayMs, 'work');
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  #watch(waiter: Waiter, signal: AbortSignal | undefined, deadlineMs: number | undefined): void {
    const unwatch = signal && this.#aborts.watch(signal, () => this.#leave(waiter, 'aborted', signal.reason));
    const cancel = deadlineMs === undefined ? undefined : this.#watchDeadline(waiter, deadlineMs);
    waiter.letGo = () => {
      cancel?.();
      unwatch?.();
    };
  }

  #watchDeadline(waiter: Waiter, deadlineMs: number): () => void {
    let cancel = (): void => {};
    const wait = (leftMs: number): void => {
      cancel = this.#clock.schedule(late, Math.min(Math.ceil(leftMs), longestTimerMs), 'work');
    };
    const late = (): void => {
      const nowMs = this.#clock.nowMs();
      const leftMs = waiter.enqueuedMs + deadlineMs - nowMs;
      if (leftMs > 0) {
        wait(leftMs);
        return;
      }
      // There may be room from this very moment on.
      this.#admit(nowMs);
      this.#leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs, undefined, waiter.heldBy));
    };
    wait(deadlineMs);
    return () => cancel();
  }

  /** Takes a waiter out. It held nothing, but it may have been in the way of others. */
  #leave(waiter: Waiter, reason: RefusalReason, error: unknown): void {
    if (!this.#room.remove(waiter)) return;
    waiter.letGo?.();
    this.statistics.refused(reason);
    waiter.reject(error);
    if (this.#closed) return;
    if (this.#room.waiting > 0) this.#admit(this.#clock.nowMs());
    else this.#disarm();
  }

  #shadow(group: QuotaGroup, priority: number, tokens: number, nowMs: number): Permit {
    const heldBy = group.heldBy(tokens, nowMs)?.limit.name;
    const waitMs = group.roomAtMs(tokens, nowMs) - nowMs;
    if (oversizeError(group, tokens)) this.#wouldRefuse++;
    else if (waitMs > 0) this.#wouldWait++;
    group.take(tokens, nowMs);
    this.statistics.admitted(priority, tokens, 0, nowMs);
    return new Permit(this, group, tokens, nowMs, { waitMs: 0, heldBy, ahead: 0 });
  }

  #refuse(reason: RefusalReason, error: unknown): Promise<never> {
    this.statistics.refused(reason);
    return Promise.reject(error);
  }
}
