import type { Clock } from '../clock.ts';
import { Alarm } from './alarm.ts';
import { Learner } from './learn/learner.ts';
import type { CheckedAnswer } from './learn/provider-answer.ts';
import { figuresOf } from './limit-figures.ts';
import type { CheckedRequest, LimiterStats } from './limiter.ts';
import type { CheckedOptions } from './limiter-options.ts';
import { byPriority, LimiterStatistics, type RefusalReason } from './limiter-statistics.ts';
import { Permit, type PermitKeeper } from './permit.ts';
import { type Projection, projectLast } from './projection.ts';
import { QuotaBook } from './quota-book.ts';
import type { QuotaGroup } from './quota-group.ts';
import { closedError, oversizeError } from './refusals.ts';
import { type DeskOwner, WaitingDesk } from './waiting-desk.ts';
import type { Waiter } from './waiting-lane.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** Lets calls go, lets them wait and refuses them, with one timer for all that wait. */
export class Scheduler implements PermitKeeper, DeskOwner {
  readonly statistics = new LimiterStatistics();
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #book: QuotaBook;
  readonly decidesAtOnce = true;
  readonly #desk: WaitingDesk;
  readonly #room: WaitingRoom;
  readonly #learner = new Learner();
  readonly #alarm: Alarm;
  #closed = false;
  #wouldWait = 0;
  #wouldRefuse = 0;

  constructor(options: CheckedOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#book = new QuotaBook(options.limits, options.mode);
    this.#desk = new WaitingDesk(options, clock, this);
    this.#alarm = new Alarm(clock, 'work', () => this.#admit(clock.nowMs()));
    this.#room = this.#desk.room;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  acquire(checked: CheckedRequest): Promise<Permit> {
    const { tokens, priority, request } = checked;
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
    return this.#desk.wait(group, checked, nowMs);
  }

  project(waiter: Waiter, nowMs: number): Projection {
    return projectLast(waiter, this.#room.turns.plan(), nowMs);
  }

  came(nowMs: number): void {
    this.#admit(nowMs);
  }

  left(): void {
    if (this.#closed) return;
    if (this.#room.waiting > 0) this.#admit(this.#clock.nowMs());
    else this.#alarm.disarm();
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
    this.#learner.heed(checked, this.#book, this, this.#clock);
    this.gaveBack();
  }

  stats(): LimiterStats {
    const nowMs = this.#clock.nowMs();
    this.#learner.advance(nowMs);
    const { shadow } = this.#options;
    return {
      ...this.statistics.summary(nowMs),
      waiting: byPriority((priority) => this.#room.waitingOf(priority)),
      longestWaitMs: this.#room.longestWaitMs(nowMs),
      inFlight: this.#book.inFlight,
      limits: figuresOf(this.#book.meters, nowMs),
      learning: this.#learner.figures(),
      shadow: shadow ? { wouldWait: this.#wouldWait, wouldRefuse: this.#wouldRefuse } : undefined,
      store: undefined,
    };
  }

  close(): void {
    this.#closed = true;
    this.#alarm.disarm();
    for (const waiter of [...this.#room]) this.#desk.leave(waiter, 'limiter_closed', closedError());
  }

  #admit(nowMs: number): void {
    this.#learner.advance(nowMs);
    const againMs = this.#room.admit(nowMs);
    // What is open again may let them go before the time that was computed with what is open now.
    this.#alarm.arm(againMs && Math.min(againMs, this.#learner.nextStepMs), nowMs);
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
