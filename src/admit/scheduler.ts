import type { Clock } from '../clock.ts';
import { figuresOf } from './limit-figures.ts';
import type { CheckedRequest, LimiterStats } from './limiter.ts';
import type { CheckedOptions } from './limiter-options.ts';
import { byPriority, LimiterStatistics, type RefusalReason } from './limiter-statistics.ts';
import { Permit, type PermitKeeper } from './permit.ts';
import { projectLast } from './projection.ts';
import { QuotaBook } from './quota-book.ts';
import type { QuotaGroup } from './quota-group.ts';
import { closedError, deadlineError, fullError, oversizeError, tooLongError } from './refusals.ts';
import type { Waiter } from './waiting-lane.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Who waits longer than this without a deadline is told of, once. */
const longWaitMs = 60_000;
/** The longest delay that a timer takes. */
const longestTimerMs = 2 ** 31 - 1;

/** Lets calls go, lets them wait and refuses them, with one timer for all that wait. */
export class Scheduler implements PermitKeeper {
  readonly statistics = new LimiterStatistics();
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #book: QuotaBook;
  readonly #room = new WaitingRoom();
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
    const { atMs, limit } = projectLast(waiter.group, waiter.priority, nowMs);
    const waitMs = atMs - nowMs;
    waiter.heldBy = limit;
    if (deadlineMs !== undefined && waitMs > deadlineMs) {
      this.#leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs, waitMs, limit));
    } else if (waitMs > maxWaitMs) {
      this.#leave(waiter, 'wait_too_long', tooLongError(maxWaitMs, waitMs, limit));
    } else if (this.#room.waiting > maxWaiting) {
      const gives = whenFull === 'lowest' ? this.#room.lastBelow(waiter.priority) : undefined;
      this.#leave(gives ?? waiter, 'queue_full', fullError(maxWaiting, waitMs, limit));
    } else if (waitMs > longWaitMs && deadlineMs === undefined && !this.#toldOfLongWait) {
      this.#tellOfLongWait(waitMs, limit);
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

  stats(): LimiterStats {
    const nowMs = this.#clock.nowMs();
    const { shadow } = this.#options;
    let inFlight = 0;
    for (const group of this.#book.groups) inFlight += group.inFlight;
    return {
      ...this.statistics.summary(nowMs),
      waiting: byPriority((priority) => this.#room.waitingOf(priority)),
      inFlight,
      limits: figuresOf(this.#book.meters, nowMs),
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
    const againMs = this.#room.admit(nowMs);
    if (againMs === undefined || this.#closed) this.#disarm();
    else this.#arm(againMs, nowMs);
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
    const aborted = (): void => this.#leave(waiter, 'aborted', signal?.reason);
    const late = (): void =>
      this.#leave(waiter, 'deadline_exceeded', deadlineError(deadlineMs ?? 0, undefined, waiter.heldBy));
    const cancel =
      deadlineMs === undefined
        ? undefined
        : this.#clock.schedule(late, Math.min(Math.ceil(deadlineMs), longestTimerMs), 'work');
    signal?.addEventListener('abort', aborted, { once: true });
    waiter.letGo = () => {
      cancel?.();
      signal?.removeEventListener('abort', aborted);
    };
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

  #tellOfLongWait(waitMs: number, heldBy: string | undefined): void {
    this.#toldOfLongWait = true;
    process.emitWarning(
      `A call waits for \`${heldBy}\` and has no deadline: some ${Math.round(waitMs / 1000)} s. Give \`deadlineMs\` or \`queue.maxWaitMs\` to have such calls refused at once. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_LONG_WAIT' },
    );
  }
}
