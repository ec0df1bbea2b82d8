import type { Priority } from '../call.ts';

/** From the highest to the lowest. */
export const priorities = ['high', 'medium', 'low'] as const satisfies readonly Priority[];

/** Shares of what there is while all three wait: of 21 calls 16 are of high priority, 4 of medium and 1 of low. */
export const weights: readonly [number, number, number] = [16, 4, 1];

/** A lane that could not go keeps at most this much of what it missed, in turns of the lowest lane. */
const mostCredit = 1;

/**
 * Whose turn it is: stride scheduling. Each priority has a place on a common way, and goes forward by one over its weight
 * with each call that is admitted; the one that is furthest behind is next.
 *
 * So a priority of weight `w` that has a call which could go is passed over by at most `2 × v / w + 1` calls of a priority
 * of weight `v` before that call goes: `v / w` for its share, and as much again for what the other had missed.
 */
export class Turns {
  readonly #places: [number, number, number] = [0, 0, 0];
  #furthest = 0;

  /** Places to plan with: changing them changes nothing here. */
  plan(): [number, number, number] {
    const behind = this.#furthest - mostCredit;
    const [high, medium, low] = this.#places;
    return [Math.max(high, behind), Math.max(medium, behind), Math.max(low, behind)];
  }

  /** A call of this priority went. */
  went(priority: number): void {
    const place = Math.max(this.#places[priority] ?? 0, this.#furthest - mostCredit);
    this.#furthest = Math.max(this.#furthest, place);
    this.#places[priority] = place + stride(priority);
  }

  /** A priority of which none waited has a waiter again: it missed nothing meanwhile. */
  joins(priority: number): void {
    this.#places[priority] = Math.max(this.#places[priority] ?? 0, this.#furthest);
  }
}

/** Who waits for a meter, and whose turn it is there. */
export class MeterLine {
  readonly turns = new Turns();
  readonly waiting: [number, number, number] = [0, 0, 0];
}

export function stride(priority: number): number {
  return 1 / (weights[priority] ?? 1);
}
