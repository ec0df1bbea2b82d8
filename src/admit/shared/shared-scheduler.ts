import type { Clock } from '../../clock.ts';
import { Alarm } from '../alarm.ts';
import { Learner } from '../learn/learner.ts';
import type { CheckedAnswer } from '../learn/provider-answer.ts';
import type { CheckedRequest, LimiterStats } from '../limiter.ts';
import type { CheckedOptions } from '../limiter-options.ts';
import { byPriority, LimiterStatistics } from '../limiter-statistics.ts';
import { Permit, type PermitKeeper } from '../permit.ts';
import { type Projection, projectLast } from '../projection.ts';
import { QuotaBook } from '../quota-book.ts';
import type { QuotaGroup } from '../quota-group.ts';
import { closedError, oversizeError } from '../refusals.ts';
import { type DeskOwner, WaitingDesk } from '../waiting-desk.ts';
import type { Waiter } from '../waiting-lane.ts';
import { FleetHolding } from './fleet-holding.ts';
import { LocalShare } from './local-share.ts';
import type { SharedStore } from './store.ts';
import { StoreDialogue } from './store-dialogue.ts';

/**
 * Lets calls go as the store allows, which several processes share. Who waits, waits here, in the order of the waiting
 * room; the store decides for those whose turn is next, and for those who wait elsewhere.
 */
export class SharedScheduler implements PermitKeeper, DeskOwner {
  readonly statistics = new LimiterStatistics();
  readonly decidesAtOnce = false;
  readonly #clock: Clock;
  readonly #book: QuotaBook;
  readonly #desk: WaitingDesk;
  readonly #dialogue: StoreDialogue;
  readonly #share: LocalShare;
  readonly #local: Alarm;
  readonly #learner = new Learner((meter, use) => this.#dialogue.tellUse(meter, use));
  #closed = false;

  constructor(options: CheckedOptions, clock: Clock, store: SharedStore) {
    this.#clock = clock;
    this.#book = new QuotaBook(options.limits, options.mode);
    this.#desk = new WaitingDesk(options, clock, this);
    this.#local = new Alarm(clock, 'work', () => this.#goWithout());
    this.#dialogue = new StoreDialogue(options, clock, store, this.#desk.room, {
      admitted: (waiter, stampMs) => this.#goes(waiter, stampMs),
      denied: (waiters, waitMs) => this.#desk.denied(waiters, waitMs),
      stateChanged: (isDown) => this.#stateChanged(isDown),
    });
    this.#share = new LocalShare(this.#dialogue.view, store.whenDown);
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
    const oversize = oversizeError(group, tokens);
    if (oversize) return this.#refuse('oversize', oversize);
    this.#dialogue.start();
    if (group.meters.length === 0) return Promise.resolve(this.#permit(group, priority, tokens, nowMs, 0));
    const { room } = this.#desk;
    this.#dialogue.leases.came(group, tokens, nowMs);
    const isFirst = room.waiting === 0 || !room.wouldPutOff(group);
    if (isFirst && group.gate.leave(nowMs) > 0 && !this.#dialogue.isDown) {
      const stampMs = this.#dialogue.spendLease(group, tokens, nowMs);
      if (stampMs !== undefined) {
        group.take(tokens, nowMs);
        return Promise.resolve(this.#permit(group, priority, tokens, nowMs, stampMs));
      }
    }
    return this.#desk.wait(group, checked, nowMs);
  }

  came(): void {
    if (this.#dialogue.isDown) this.#goWithout();
    else this.#dialogue.wake();
  }

  left(): void {
    if (!this.#closed) this.came();
  }

  gaveBack(): void {
    if (this.#desk.room.waiting > 0) this.came();
  }

  project(waiter: Waiter, nowMs: number): Projection {
    const { view, isDown } = this.#dialogue;
    const places = this.#desk.room.turns.plan();
    if (isDown) return projectLast(waiter, places, nowMs);
    return projectLast(waiter, places, nowMs, (meter, before, amount) =>
      view.goneAtMs(meter, before + amount, nowMs),
    );
  }

  /** What others use is told to the store, which knows what the processes that share it have used. */
  learn(checked: CheckedAnswer): void {
    this.#learner.heed(checked, this.#book, this, this.#clock);
    this.gaveBack();
  }

  /** Called by the waiting room, while the store is gone: the waiter has left it, and its tokens are taken here. */
  admitted(waiter: Waiter, nowMs: number): void {
    const stampMs = this.#dialogue.view.stampWithout(waiter.group, nowMs);
    new FleetHolding(waiter.group, stampMs, this.#dialogue.ledger).charge(waiter.tokens);
    this.#resolve(waiter, nowMs, stampMs);
  }

  stats(): LimiterStats {
    const nowMs = this.#clock.nowMs();
    return {
      ...this.statistics.summary(nowMs),
      waiting: byPriority((priority) => this.#desk.room.waitingOf(priority)),
      longestWaitMs: this.#desk.room.longestWaitMs(nowMs),
      inFlight: this.#book.inFlight,
      limits: this.#dialogue.view.figures(this.#book.meters, nowMs),
      learning: this.#learner.figures(),
      shadow: undefined,
      store: this.#dialogue.figures(nowMs),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#local.disarm();
    for (const waiter of [...this.#desk.room]) this.#desk.leave(waiter, 'limiter_closed', closedError());
    await this.#dialogue.close();
  }

  #goes(waiter: Waiter, stampMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.#desk.room.remove(waiter);
    waiter.group.take(waiter.tokens, nowMs);
    this.#resolve(waiter, nowMs, stampMs);
  }

  #resolve(waiter: Waiter, nowMs: number, stampMs: number): void {
    const { group, priority, tokens } = waiter;
    waiter.letGo?.();
    waiter.resolve(this.#permit(group, priority, tokens, nowMs, stampMs, waiter));
  }

  #permit(
    group: QuotaGroup,
    priority: number,
    tokens: number,
    nowMs: number,
    stampMs: number,
    waiter?: Waiter,
  ): Permit {
    const waitMs = waiter ? nowMs - waiter.enqueuedMs : 0;
    this.statistics.admitted(priority, tokens, waitMs, nowMs);
    const holding = new FleetHolding(group, stampMs, this.#dialogue.ledger);
    const waited = waiter && { waitMs, heldBy: waiter.heldBy, ahead: waiter.ahead };
    return new Permit(this, holding, tokens, nowMs, waited);
  }

  #stateChanged(isDown: boolean): void {
    if (isDown) {
      this.#goWithout();
    } else {
      this.#local.disarm();
      this.#share.end(this.#book.meters, this.#clock.nowMs());
    }
  }

  /** The store is gone. */
  #goWithout(): void {
    if (this.#closed) return;
    const nowMs = this.#clock.nowMs();
    const { room } = this.#desk;
    if (this.#share.whenDown === 'closed') {
      for (const waiter of [...room]) this.#desk.leave(waiter, 'store_unavailable', this.#share.error());
      return;
    }
    for (const { meters } of room.groups) this.#share.begin(meters, nowMs);
    if (this.#share.whenDown === 'open') {
      for (const waiter of [...room]) {
        room.remove(waiter);
        waiter.group.take(waiter.tokens, nowMs);
        this.admitted(waiter, nowMs);
      }
      return;
    }
    this.#learner.advance(nowMs);
    const againMs = room.admit(nowMs);
    this.#local.arm(againMs && Math.min(againMs, this.#learner.nextStepMs), nowMs);
  }

  #refuse(reason: Parameters<LimiterStatistics['refused']>[0], error: unknown): Promise<never> {
    this.statistics.refused(reason);
    return Promise.reject(error);
  }
}
