import type { Clock } from '../../clock.ts';
import { Learner } from '../learn/learner.ts';
import type { CheckedAnswer } from '../learn/provider-answer.ts';
import type { CheckedRequest, LimiterStats } from '../limiter.ts';
import type { CheckedOptions } from '../limiter-options.ts';
import { byPriority, LimiterStatistics, type RefusalReason } from '../limiter-statistics.ts';
import { Permit, type PermitKeeper } from '../permit.ts';
import { QuotaBook } from '../quota-book.ts';
import { closedError, oversizeError } from '../refusals.ts';
import type { Waiter } from '../waiting-lane.ts';
import { WaitingRoom } from '../waiting-room.ts';
import { FleetHolding } from './fleet-holding.ts';
import { LocalShare } from './local-share.ts';
import { ShadowHolding } from './shadow-holding.ts';
import type { SharedStore } from './store.ts';
import { StoreDialogue } from './store-dialogue.ts';

/** A call that went, and of which the store is still to hear. */
interface Untold {
  readonly holding: ShadowHolding;
  /** Whether it is known already what would have become of it. */
  readonly isCounted: boolean;
}

/**
 * Lets everything go at once, and has the store count it and say afterwards what would have waited: by the use of all
 * processes, of which this one's is a true part. Nothing is ever waited for.
 */
export class SharedShadow implements PermitKeeper {
  readonly statistics = new LimiterStatistics();
  readonly #clock: Clock;
  readonly #book: QuotaBook;
  /** Those who stand here went already: they wait for being counted. */
  readonly #room = new WaitingRoom();
  readonly #untold = new WeakMap<Waiter, Untold>();
  readonly #dialogue: StoreDialogue;
  readonly #share: LocalShare;
  readonly #learner = new Learner((meter, use) => this.#dialogue.tellUse(meter, use));
  #sequence = 0;
  #wouldWait = 0;
  #wouldRefuse = 0;
  #closed = false;

  constructor(options: CheckedOptions, clock: Clock, store: SharedStore) {
    this.#clock = clock;
    this.#book = new QuotaBook(options.limits, options.mode);
    this.#dialogue = new StoreDialogue(options, clock, store, this.#room, {
      admitted: (waiter, stampMs, wouldWaitMs) => this.#counted(waiter, stampMs, wouldWaitMs),
      denied: () => {},
      stateChanged: (isDown) => {
        if (isDown) this.#countWithout();
        else this.#share.end(this.#book.meters, this.#clock.nowMs());
      },
    });
    this.#share = new LocalShare(this.#dialogue.view, store.whenDown);
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
    this.#dialogue.start();
    const isRefused = oversizeError(group, tokens) !== undefined;
    const isHeld = !isRefused && group.closedUntilMs > nowMs;
    if (isRefused) this.#wouldRefuse++;
    if (isHeld) this.#wouldWait++;
    this.statistics.admitted(priority, tokens, 0, nowMs);
    const holding = new ShadowHolding(group);
    if (group.meters.length > 0) {
      const waiter = this.#waiter(group, priority, tokens, nowMs);
      this.#untold.set(waiter, { holding, isCounted: isRefused || isHeld });
      this.#room.add(waiter);
      if (this.#dialogue.isDown) this.#countWithout();
      else this.#dialogue.wake();
    }
    return Promise.resolve(new Permit(this, holding, tokens, nowMs));
  }

  /** Nobody waits for it. */
  gaveBack(): void {}

  learn(checked: CheckedAnswer): void {
    this.#learner.heed(checked, this.#book, this, this.#clock);
  }

  stats(): LimiterStats {
    const nowMs = this.#clock.nowMs();
    return {
      ...this.statistics.summary(nowMs),
      waiting: byPriority(() => 0),
      longestWaitMs: 0,
      inFlight: this.#book.inFlight,
      limits: this.#dialogue.view.figures(this.#book.meters, nowMs),
      learning: this.#learner.figures(),
      shadow: { wouldWait: this.#wouldWait, wouldRefuse: this.#wouldRefuse },
      store: this.#dialogue.figures(nowMs),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tellAll();
    await this.#dialogue.close();
  }

  #waiter(group: Waiter['group'], priority: number, tokens: number, enqueuedMs: number): Waiter {
    return {
      group,
      priority,
      tokens,
      enqueuedMs,
      sequence: this.#sequence++,
      ahead: 0,
      heldBy: undefined,
      scheduler: { admitted: () => {} },
      resolve: () => {},
      reject: () => {},
      letGo: undefined,
      lane: undefined,
      previous: undefined,
      next: undefined,
    };
  }

  #counted(waiter: Waiter, stampMs: number, wouldWaitMs: number): void {
    if (wouldWaitMs > 0 && !this.#untold.get(waiter)?.isCounted) this.#wouldWait++;
    this.#taken(waiter, stampMs);
  }

  #taken(waiter: Waiter, stampMs: number): FleetHolding {
    const { group, tokens } = waiter;
    this.#room.remove(waiter);
    group.take(tokens, this.#clock.nowMs());
    const taken = new FleetHolding(group, stampMs, this.#dialogue.ledger);
    this.#untold.get(waiter)?.holding.taken(taken);
    return taken;
  }

  /** The store is gone: this process would go by its share, refuse, or hold nobody. */
  #countWithout(): void {
    const nowMs = this.#clock.nowMs();
    const { whenDown } = this.#share;
    for (const { meters } of this.#room.groups) this.#share.begin(meters, nowMs);
    this.#tellAll((waiter) => {
      if (this.#untold.get(waiter)?.isCounted || whenDown === 'open') return;
      if (whenDown === 'closed') this.#wouldRefuse++;
      else if (waiter.group.roomAtMs(waiter.tokens, nowMs) > nowMs) this.#wouldWait++;
    });
  }

  /** The store hears of them later, among what turned out otherwise. */
  #tellAll(before: (waiter: Waiter) => void = () => {}): void {
    const nowMs = this.#clock.nowMs();
    const waiters = [...this.#room].sort((a, b) => a.sequence - b.sequence);
    for (const waiter of waiters) {
      before(waiter);
      const stampMs = this.#dialogue.view.stampWithout(waiter.group, nowMs);
      new FleetHolding(waiter.group, stampMs, this.#dialogue.ledger).charge(waiter.tokens);
      this.#taken(waiter, stampMs);
    }
  }

  #refuse(reason: RefusalReason, error: unknown): Promise<never> {
    this.statistics.refused(reason);
    return Promise.reject(error);
  }
}
