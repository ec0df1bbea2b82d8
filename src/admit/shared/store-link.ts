import type { Clock } from '../../clock.ts';
import type { StoreFigures } from '../limiter-statistics.ts';
import { NonsenseError, type SharedStore, type StoreReply, type StoreRequest } from './store.ts';

/** A timer that fires so much late was held up here: the answer may be here already. */
const heldUpMs = 100;
const firstProbeMs = 250;
const longestProbeMs = 2_000;
/** Questions without an answer that are out at once, at most. */
const mostUnanswered = 4;

export interface LinkListener {
  replied(request: StoreRequest, reply: StoreReply, sentMs: number): void;
  /** An answer that came too late to be acted upon: what it granted is to be given back. */
  repliedLate(request: StoreRequest, reply: StoreReply): void;
  wentDown(): void;
  cameUp(): void;
  /** It is down: ask something, to see whether it is back. */
  probe(): void;
}

/** One exchange at a time, an end to the patience, and whether the store is there. */
export class StoreLink {
  readonly #failures = { timeout: 0, error: 0, nonsense: 0 };
  #roundTrips = 0;
  isDown = false;
  isBusy = false;
  readonly #store: SharedStore;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  #unanswered = 0;
  #downMs = 0;
  #wasDownMs = 0;
  #probeMs = firstProbeMs;
  #cancelProbe: (() => void) | undefined;
  #hasWarned = false;

  constructor(store: SharedStore, clock: Clock, listener: LinkListener) {
    this.#store = store;
    this.#clock = clock;
    this.#listener = listener;
  }

  figures(nowMs: number): Omit<StoreFigures, 'admittedByLease' | 'liveInstances'> {
    return {
      state: this.isDown ? 'down' : 'up',
      roundTrips: this.#roundTrips,
      failures: { ...this.#failures },
      fallbackMs: this.#wasDownMs + (this.isDown ? nowMs - this.#downMs : 0),
    };
  }

  /** Only while it is not busy. Resolves when there is an answer, or none is waited for any more. */
  send(request: StoreRequest, kind: 'work' | 'housekeeping'): Promise<void> {
    if (!this.#store.isReachable() || this.#unanswered >= mostUnanswered) {
      this.#failed('error');
      return Promise.resolve();
    }
    this.isBusy = true;
    this.#roundTrips++;
    const sentMs = this.#clock.nowMs();
    return new Promise((resolve) => {
      let isGivenUp = false;
      let wasHeldUp = false;
      const late = (): void => {
        if (!wasHeldUp && this.#clock.nowMs() - sentMs - this.#store.timeoutMs > heldUpMs) {
          wasHeldUp = true;
          cancel = this.#clock.schedule(late, heldUpMs, kind);
          return;
        }
        isGivenUp = true;
        this.#unanswered++;
        this.isBusy = false;
        this.#failed('timeout');
        resolve();
      };
      let cancel = this.#clock.schedule(late, this.#store.timeoutMs, kind);
      const answered = (act: () => void): void => {
        cancel();
        if (isGivenUp) this.#unanswered--;
        else this.isBusy = false;
        act();
        resolve();
      };
      this.#store.exchange(request).then(
        (reply) =>
          answered(() => {
            const isLate = isGivenUp || this.#clock.nowMs() - sentMs > this.#store.timeoutMs;
            if (isLate) this.#listener.repliedLate(request, reply);
            else this.#listener.replied(request, reply, sentMs);
            this.#succeeded();
          }),
        (error: unknown) =>
          answered(() => {
            if (!isGivenUp) this.#failed(error instanceof NonsenseError ? 'nonsense' : 'error', error);
          }),
      );
    });
  }

  close(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  #succeeded(): void {
    this.#probeMs = firstProbeMs;
    if (!this.isDown) return;
    this.close();
    this.isDown = false;
    this.#wasDownMs += this.#clock.nowMs() - this.#downMs;
    this.#listener.cameUp();
  }

  #failed(why: keyof StoreFigures['failures'], error?: unknown): void {
    this.#failures[why]++;
    if (error !== undefined) this.#warn(error);
    this.close();
    this.#cancelProbe = this.#clock.schedule(
      () => {
        this.#cancelProbe = undefined;
        if (this.isDown && !this.isBusy) this.#listener.probe();
      },
      this.#probeMs,
      'housekeeping',
    );
    this.#probeMs = Math.min(2 * this.#probeMs, longestProbeMs);
    if (this.isDown) return;
    this.isDown = true;
    this.#downMs = this.#clock.nowMs();
    this.#listener.wentDown();
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const what = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `The shared store of a limiter does not do its work (${what}). Until it does, limits are held as \`whenDown\` says: '${this.#store.whenDown}'. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_STORE' },
    );
  }
}
