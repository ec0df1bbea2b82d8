import type { Permit } from './permit.ts';
import type { QuotaGroup } from './quota-group.ts';

/** A call that waits. It stands in one lane at most. */
export interface Waiter {
  readonly group: QuotaGroup;
  /** Place in `priorities`. */
  readonly priority: number;
  readonly tokens: number;
  readonly enqueuedMs: number;
  /** Grows with every call that waits: its place among all of them. */
  readonly sequence: number;
  /** How many waited in front of it when it came. */
  readonly ahead: number;
  /** The limit that held it when it came. */
  heldBy: string | undefined;
  /** Told when it goes. */
  readonly scheduler: { admitted(waiter: Waiter, nowMs: number): void };
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: unknown) => void;
  /** Takes off the caller's signal and the deadline. */
  letGo: (() => void) | undefined;
  lane: WaitingLane | undefined;
  previous: Waiter | undefined;
  next: Waiter | undefined;
}

/** The waiters of one priority in one group, first come first. A chain through themselves, so that any can leave at once. */
export class WaitingLane {
  first: Waiter | undefined;
  last: Waiter | undefined;
  length = 0;
  /** Of all that wait in it together. */
  tokens = 0;

  push(waiter: Waiter): void {
    waiter.lane = this;
    waiter.previous = this.last;
    if (this.last) this.last.next = waiter;
    else this.first = waiter;
    this.last = waiter;
    this.length++;
    this.tokens += waiter.tokens;
  }

  remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    waiter.lane = undefined;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.length--;
    this.tokens -= waiter.tokens;
  }
}
