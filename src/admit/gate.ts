/** Closed for some time because the provider asked for it. One for all calls that the same limits hold, whoever makes them. */
export class Gate {
  closedUntilMs = 0;

  /** Keeps closed whatever was to stay closed for longer. True where it was open until now. */
  close(untilMs: number, nowMs: number): boolean {
    const wasOpen = this.closedUntilMs <= nowMs;
    if (untilMs > this.closedUntilMs) this.closedUntilMs = untilMs;
    return wasOpen && this.closedUntilMs > nowMs;
  }
}
