/**
 * Whoever waited behind a closed gate must not all go the moment it opens: what was refused would be refused again, all of
 * it. One goes, and with each of these steps as many again as went so far (as TCP's slow start does). A step is longer than
 * a refusal usually takes to come back, so the first of them closes the gate before many have followed.
 */
const stepMs = 200;
/** After so many steps whoever has room goes. */
const steps = 10;
/** The time at which a step begins belongs to it, whatever floating point makes of the difference. */
const rounding = 1e-6;

/** Closed for some time because the provider asked for it. One for all calls that the same limits hold, whoever makes them. */
export class Gate {
  closedUntilMs = Number.NEGATIVE_INFINITY;
  /** Calls that went since it opened last. */
  #went = 0;

  /** Keeps closed whatever was to stay closed for longer. True where it was open until now. */
  close(untilMs: number, nowMs: number): boolean {
    const wasOpen = this.closedUntilMs <= nowMs;
    if (untilMs <= this.closedUntilMs) return false;
    this.closedUntilMs = untilMs;
    this.#went = 0;
    return wasOpen && untilMs > nowMs;
  }

  /** When the next call may go, as far as the gate is concerned; never before `nowMs`. */
  opensAtMs(nowMs: number): number {
    if (nowMs >= this.#fullyOpenMs) return nowMs;
    return Math.max(nowMs, this.closedUntilMs + stepMs * Math.ceil(Math.log2(this.#went + 1)));
  }

  /** How many calls may go now. */
  leave(nowMs: number): number {
    if (nowMs >= this.#fullyOpenMs) return Number.POSITIVE_INFINITY;
    if (nowMs < this.closedUntilMs) return 0;
    return Math.max(0, 2 ** Math.floor((nowMs - this.closedUntilMs) / stepMs + rounding) - this.#went);
  }

  /** A call goes. */
  went(nowMs: number): void {
    if (nowMs < this.#fullyOpenMs) this.#went++;
  }

  get #fullyOpenMs(): number {
    return this.closedUntilMs + stepMs * steps;
  }
}
