import type { Waiter } from '../waiting-lane.ts';

/** What comes of the questions to the store. */
export interface DialogueListener {
  /** The store took it. A shadow's may have been taken where there was no room: so long it would have waited. */
  admitted(waiter: Waiter, stampMs: number, wouldWaitMs: number): void;
  /** These stay, and for how long at least. */
  denied(waiters: readonly Waiter[], waitMs: (waiter: Waiter) => number): void;
  stateChanged(isDown: boolean): void;
}
