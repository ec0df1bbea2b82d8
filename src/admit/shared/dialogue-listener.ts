import type { Waiter } from '../waiting-lane.ts';

/** What comes of the questions to the store. */
export interface DialogueListener {
  admitted(waiter: Waiter, stampMs: number): void;
  /** These stay, and for how long at least. */
  denied(waiters: readonly Waiter[], waitMs: (waiter: Waiter) => number): void;
  stateChanged(isDown: boolean): void;
}
