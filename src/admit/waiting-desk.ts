import { type Clock, longestTimerMs } from '../clock.ts';
import { AbortWatch } from './abort-watch.ts';
import type { CheckedRequest } from './limiter.ts';
import type { CheckedOptions } from './limiter-options.ts';
import type { LimiterStatistics, RefusalReason } from './limiter-statistics.ts';
import { longWaitMs, tellOfLongWait } from './long-wait.ts';
import type { Permit } from './permit.ts';
import { isLater, type Projection } from './projection.ts';
import type { QuotaGroup } from './quota-group.ts';
import { deadlineError, fullError, tooLongError } from './refusals.ts';
import type { Waiter } from './waiting-lane.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What the desk needs of whoever lets calls go. */
export interface DeskOwner {
  readonly statistics: LimiterStatistics;
  /** Whether `came` lets go at once whoever can: who still waits then has no room. A store answers later. */
  readonly decidesAtOnce: boolean;
  admitted(waiter: Waiter, nowMs: number): void;
  /** When one will go that is the last to come of its priority. */
  project(waiter: Waiter, nowMs: number): Projection;
  /** Somebody who could have its turn came: it may go at once. */
  came(nowMs: number): void;
  /** Somebody left without going: others may go. */
  left(): void;
}

/** Where calls come in to wait and may leave again: bounds, deadlines, aborts. */
export class WaitingDesk {
  readonly room = new WaitingRoom();
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #owner: DeskOwner;
  readonly #aborts = new AbortWatch();
  #sequence = 0;
  #toldOfLongWait = false;

  constructor(options: CheckedOptions, clock: Clock, owner: DeskOwner) {
    this.#options = options;
    this.#clock = clock;
    this.#owner = owner;
  }

  wait(group: QuotaGroup, { priority, tokens, request }: CheckedRequest, nowMs: number): Promise<Permit> {
    const { signal, deadlineMs } = request;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        group,
        priority,
        tokens,
        enqueuedMs: nowMs,
        sequence: this.#sequence++,
        ahead: this.room.waiting,
        heldBy: undefined,
        scheduler: this.#owner,
        resolve,
        reject,
        letGo: undefined,
        lane: undefined,
        previous: undefined,
        next: undefined,
      };
      this.room.add(waiter);
      if (this.room.isWithinReach(waiter)) this.#owner.came(nowMs);
      if (waiter.lane && this.#mayStay(waiter, deadlineMs, nowMs) && (signal || deadlineMs !== undefined))
        this.#watch(waiter, signal, deadlineMs);
    });
  }

  /** Takes a waiter out. It held nothing, but it may have been in the way of others. */
  leave(waiter: Waiter, reason: RefusalReason, error: unknown): void {
    if (!this.room.remove(waiter)) return;
    waiter.letGo?.();
    this.#owner.statistics.refused(reason);
    waiter.reject(error);
    this.#owner.left();
  }

  /** The store let none of these go: those stay for whom there are places, and who do not wait longer than they may. */
  denied(waiters: readonly Waiter[], waitMs: (waiter: Waiter) => number): void {
    const { maxWaiting, maxWaitMs } = this.#options;
    for (const [place, waiter] of waiters.entries()) {
      const limit = waiter.heldBy;
      if (waitMs(waiter) > maxWaitMs)
        this.leave(waiter, 'wait_too_long', tooLongError(maxWaitMs, waitMs(waiter), limit));
      else if (place >= maxWaiting) this.#refuseAsFull(waiter, waitMs(waiter), limit, this.#clock.nowMs());
    }
  }

  /**
   * The projection leaves out those of higher priority that are still to come, and what other processes will take. How long
   * the first of its own kind waits already has them in it, and nobody goes at once where all places are taken.
   */
  #refuseAsFull(waiter: Waiter, projectedMs: number, limit: string | undefined, nowMs: number): void {
    const first = waiter.lane?.first ?? waiter;
    const waitMs = Math.max(projectedMs, nowMs - first.enqueuedMs, 1);
    this.leave(waiter, 'queue_full', fullError(this.#options.maxWaiting, waitMs, limit));
  }

  /** Refuses a waiter that just came, or makes room for it, where there is no place or its time is too short. */
  #mayStay(waiter: Waiter, deadlineMs: number | undefined, nowMs: number): boolean {
    const { maxWaiting, maxWaitMs, whenFull } = this.#options;
    const { atMs, limit } = this.#owner.project(waiter, nowMs);
    const waitMs = atMs - nowMs;
    waiter.heldBy = limit;
    if (deadlineMs !== undefined && isLater(waitMs, deadlineMs)) {
      this.leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs, waitMs, limit));
    } else if (waitMs > maxWaitMs) {
      this.leave(waiter, 'wait_too_long', tooLongError(maxWaitMs, waitMs, limit));
    } else if (this.room.waiting > maxWaiting && (waitMs > 0 || this.#owner.decidesAtOnce)) {
      const gives = (whenFull === 'lowest' ? this.room.lastBelow(waiter.priority) : undefined) ?? waiter;
      const its = gives === waiter ? { atMs, limit } : this.#owner.project(gives, nowMs);
      this.#refuseAsFull(gives, its.atMs - nowMs, its.limit, nowMs);
    } else if (waitMs > longWaitMs && deadlineMs === undefined && !this.#toldOfLongWait) {
      this.#toldOfLongWait = tellOfLongWait(waitMs, limit);
    }
    return waiter.lane !== undefined;
  }

  #watch(waiter: Waiter, signal: AbortSignal | undefined, deadlineMs: number | undefined): void {
    const unwatch = signal && this.#aborts.watch(signal, () => this.leave(waiter, 'aborted', signal.reason));
    const cancel = deadlineMs === undefined ? undefined : this.#watchDeadline(waiter, deadlineMs);
    waiter.letGo = () => {
      cancel?.();
      unwatch?.();
    };
  }

  /** Returns the function that takes the deadline off again. */
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
      this.#owner.came(nowMs);
      this.leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs, undefined, waiter.heldBy));
    };
    wait(deadlineMs);
    return () => cancel();
  }
}
